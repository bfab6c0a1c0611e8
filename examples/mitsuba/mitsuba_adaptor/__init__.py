"""An application adaptor for Mitsuba 3: load a scene once, then render frame after frame.

`python -m mitsuba_adaptor` is its command line. `adaptor` knows the lifecycle, `task` what a task
may ask for, `camera` where a frame is seen from, `renderer` Mitsuba, `picture` files. Only
`renderer`, `mitsuba_log` and `picture` touch Mitsuba, and nobody imports it before `on_start`.
"""

__version__ = "0.1.0"
