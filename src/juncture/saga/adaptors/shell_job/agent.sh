# The job agent: functions for a POSIX shell that reads its commands from standard input.
#
# `juncture_open SERVICE` says hello, `juncture_prepare` makes the folder of the service, and
# `juncture_run …` starts a job. Each job has one helper, a subshell of the agent: it starts the program
# in a session of its own, appends what becomes of it to the service's journal, and then says the same on
# standard output. It needs neither the agent nor the connection: without them the journal counts.
#
# A journal line is one write, `SERVICE.NUMBER VERB TIME … .`; one without the dot at its end is not whole
# and does not count. Of the environment nothing is read but HOME, XDG_STATE_HOME and PATH.
umask 077
unset CDPATH
trap '' PIPE

# Time, without a process for it.
if [ -n "${EPOCHREALTIME:-}" ]; then
    juncture_clock=epoch
    juncture_now() { t=$EPOCHREALTIME; }
elif { read -r t _ </proc/uptime; } 2>/dev/null; then
    juncture_clock=uptime
    juncture_now() { read -r t _ </proc/uptime; }
else
    juncture_clock=epoch
    juncture_now() { t=$(date +%s); }
fi

# How a program gets a session, so that all its processes can be signaled as one. Some shells leave
# INT and QUIT ignored in what they start with `&` and cannot undo it; GNU env can.
juncture_reset=
if [ -n "$( { (trap - INT; exec /bin/sh -c 'kill -INT $$; echo ignored') & wait; } 2>/dev/null )" ] &&
    env --default-signal=INT,QUIT true 2>/dev/null; then
    juncture_reset='env --default-signal=INT,QUIT'
fi
if juncture_setsid=$(command -v setsid); then
    juncture_session() { exec $juncture_reset "$juncture_setsid" -- "$@"; }
elif juncture_setsid=$(command -v perl); then
    juncture_session() {
        exec "$juncture_setsid" -e 'use POSIX; POSIX::setsid(); $SIG{INT} = $SIG{QUIT} = "DEFAULT";
            exec { $ARGV[0] } @ARGV; print STDERR "$ARGV[0]: $!\n"; exit 127' -- "$@"
    }
else
    juncture_setsid=none
    juncture_session() { exec env -- "$@"; }
fi

# juncture_open SERVICE
juncture_open() {
    juncture_service=$1
    case ${XDG_STATE_HOME:-} in
        /*) juncture_folder=$XDG_STATE_HOME/juncture/jobs ;;
        *) juncture_folder=${HOME:-$PWD}/.local/state/juncture/jobs ;;
    esac
    juncture_here=$juncture_folder/$1
    boot=none
    { read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
    juncture_now
    juncture_base="$juncture_clock $t $(date +%s.%N) $boot $(uname -n)"
    printf '%s.0 hello %s %s %s %s .\n' "$1" "$juncture_base" "$$" "$juncture_setsid" "$juncture_folder"
}

# The folder is made with the first job: a service without jobs leaves nothing behind. `command` keeps
# the shell alive when `exec` fails.
juncture_prepare() {
    if mkdir -p "$juncture_here" 2>/dev/null &&
        { printf '\n%s.0 open %s .\n' "$juncture_service" "$juncture_base" >>"$juncture_here/journal"; } 2>/dev/null &&
        command exec 3>>"$juncture_here/journal"; then
        printf '%s.0 ready .\n' "$juncture_service"
    else
        printf '%s.0 unready .\n' "$juncture_service"
    fi
}

# juncture_note LINE: into the journal, then to whoever listens.
juncture_note() {
    printf '%s .\n' "$1" >&3 && printf '%s .\n' "$1"
    # Whether somebody listens does not matter.
}

# juncture_keep LINE: the same for what must not be lost; on a full disk it is tried again.
juncture_keep() {
    until printf '%s .\n' "$1" >&3; do
        printf '%s unkept .\n' "$id"
        sleep 2
        printf '\n' >&3
    done
    printf '%s .\n' "$1"
}

# juncture_run NUMBER LIMIT RECORD FOLDER INPUT OUTPUT ERROR VARIABLES SCRIPT [PROGRAM ARGUMENT …]
#   LIMIT     seconds, 0 for none
#   ERROR     `-` when it goes where the output goes
#   VARIABLES shell text that exports the environment
#   SCRIPT    shell text to run instead of the program, which it has as "$@"; may be empty
juncture_run() {
    if { printf '%s\n' "$3" >"$juncture_here/$1.job"; } 2>/dev/null; then
        juncture_help "$@" </dev/null 2>/dev/null &
    else
        printf '%s.%s refused .\n' "$juncture_service" "$1"
    fi
}

# The helper of one job.
juncture_help() {
    trap '' HUP
    n=$1 id=$juncture_service.$1 limit=$2
    juncture_start "$@" 3>&- >/dev/null &
    p=$!
    self='0 (sh) S'
    { read -r self </proc/self/stat; } 2>/dev/null
    w=${self%% *}
    set -- ${self##*) }
    juncture_now
    if ! printf '%s run %s %s %s %s .\n' "$id" "$t" "$p" "$w" "${20:-0}" >&3; then
        kill -KILL "-$p" || kill -KILL "$p"
        printf '%s refused .\n' "$id"
        exit
    fi
    printf '%s run %s %s %s %s .\n' "$id" "$t" "$p" "$w" "${20:-0}"
    if [ "$limit" != 0 ]; then
        juncture_watch &
        watch=$!
        wait "$p"
        s=$?
        kill "$watch"
        [ -e "$juncture_here/$n.limit" ] && juncture_sweep
    else
        wait "$p"
        s=$?
    fi
    why=
    [ -e "$juncture_here/$n.log" ] && why=' setup'
    juncture_now
    juncture_keep "$id end $t $s$why"
}

# The program's process. What goes wrong before it is the program's own is said in NUMBER.log.
juncture_start() {
    trap - HUP PIPE INT QUIT
    log=$juncture_here/$1.log
    if [ -n "$4" ] && ! cd "$4" 2>/dev/null; then
        { mkdir -p "$4" && cd "$4"; } 2>"$log" || exit 127
    fi
    in=$5 out=$6 err=$7 variables=$8 script=$9
    export JUNCTURE_JOB="$juncture_service.$1."
    shift 9
    if [ "$err" = - ]; then
        juncture_become "$@" <"$in" >"$out" 2>&1
    else
        juncture_become "$@" <"$in" >"$out" 2>"$err"
    fi
    # Still here: a file could not be opened. Once more, for the reason.
    { true <"$in" && true >>"$out" && true >>"$err"; } 2>"$log"
    exit 127
}

juncture_become() {
    if [ -n "$script" ]; then
        set -- /bin/sh -c "$script" sh "$@"
    fi
    eval "$variables"
    juncture_session "$@"
}

# The wall time of one job: TERM to all of its processes, KILL to what is left.
juncture_watch() {
    trap 'kill "$sleep"; exit' TERM
    sleep "$limit" >/dev/null &
    sleep=$!
    wait "$sleep" || exit
    trap '' TERM
    : >"$juncture_here/$n.limit"
    juncture_now
    juncture_keep "$id limit $t"
    kill -TERM "-$p" || kill -TERM "$p"
    sleep 5 >/dev/null
    kill -KILL "-$p" || kill -KILL "$p"
}

# What a job has left in sessions of its own is known by its environment.
juncture_sweep() {
    kill -KILL "-$p"
    for f in $(grep -laF "JUNCTURE_JOB=$id." /proc/[0-9]*/environ); do
        f=${f#/proc/}
        kill -KILL "${f%/environ}"
    done
}

# juncture_signal SIGNAL NUMBER PID [NUMBER PID …]
juncture_signal() {
    signal=$1
    shift
    while [ $# -gt 1 ]; do
        juncture_now
        case $signal in
            STOP) juncture_note "$juncture_service.$1 stop $t" ;;
            CONT) juncture_note "$juncture_service.$1 cont $t" ;;
        esac
        kill -s "$signal" -- "-$2" || kill -s "$signal" "$2"
        shift 2
    done 2>/dev/null
}
