"""Blender writes the scene `sys.argv[-2]` with `sys.argv[-1]` samples for each pixel."""

import sys

import bpy

path, samples = sys.argv[-2:]
bpy.ops.wm.read_factory_settings()
scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.device = "CPU"
scene.cycles.samples = int(samples)
scene.cycles.use_denoising = False  # Debian builds Blender without a denoiser
scene.render.resolution_x = scene.render.resolution_y = 32
scene.render.resolution_percentage = 100
scene.render.image_settings.file_format = "PNG"
bpy.ops.wm.save_as_mainfile(filepath=path)
