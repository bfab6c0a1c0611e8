# The job agent: functions for a POSIX shell that reads its commands from standard input.
#
# `juncture_open SERVICE` says hello, `juncture_prepare` makes the folder of the service, and
# `juncture_run …` starts a job. Each job has one helper, a subshell of the agent: it starts the program
# in a session of its own, appends what becomes of it to the service's journal, and then says the same
# with `juncture_event`, which the channel defines. It needs neither the agent nor the connection:
# without them the journal counts. Descriptors 3 and 4 are the channel's; 5 is the journal. 6 is a named
# pipe that the agent holds open, and each helper until its job is in the journal: whoever reads it when
# the agent has died comes to its end when no job is about to start any more. While the agent lives,
# what agents of other clients write there about its jobs is said on.
#
# A journal line is one write, `SERVICE.NUMBER VERB TIME … .`; one without the dot at its end is not whole
# and does not count. Each begins on a line of its own, whatever a full disk has left of the one before.
# Of the environment nothing is read but HOME, XDG_STATE_HOME and PATH. Every variable begins with `ja_`,
# so that none that the account exports is changed for the jobs.
umask 077
unset CDPATH
trap '' PIPE
cd || cd /

# Time, without a process for it: what jobs are dated with is the clock of this host.
if [ -n "${EPOCHREALTIME:-}" ]; then
    ja_clock=epoch
    juncture_now() { ja_t=$EPOCHREALTIME; }
elif { read -r ja_t ja_ </proc/uptime; } 2>/dev/null; then
    ja_clock=uptime
    juncture_now() { read -r ja_t ja_ </proc/uptime; }
else
    ja_clock=epoch
    juncture_now() { ja_t=$(date +%s); }
fi

# How a program gets a session, so that all its processes can be signaled as one. Some shells leave
# INT and QUIT ignored in what they start with `&` and cannot undo it; GNU env can.
ja_env=$(command -v env)
ja_session= ja_quick=
if [ -n "$( { (trap - INT; exec /bin/sh -c 'kill -INT $$; echo ignored') & wait; } 2>/dev/null )" ] &&
    env --default-signal=INT,QUIT true 2>/dev/null; then
    ja_session="$ja_env --default-signal=INT,QUIT"
    # Without a language it starts in half the time; this one gives the program its own back.
    [ -n "${LC_ALL+set}" ] || ja_quick="$ja_session -u LC_ALL"
fi
if command -v setsid >/dev/null; then
    ja_setsid=$(command -v setsid)
    ja_session="$ja_session $ja_setsid --"
    [ -z "$ja_quick" ] || ja_quick="$ja_quick $ja_setsid --"
    ja_kind=setsid
elif command -v perl >/dev/null; then
    ja_kind=perl ja_quick=
else
    ja_kind=none
    ja_session="$ja_env --" ja_quick=
fi

# juncture_open SERVICE
juncture_open() {
    ja_service=$1
    case ${XDG_STATE_HOME:-} in
        /*) ja_folder=$XDG_STATE_HOME/juncture/jobs ;;
        *) ja_folder=${HOME:-$PWD}/.local/state/juncture/jobs ;;
    esac
    ja_here=$ja_folder/$1
    ja_boot=none
    { read -r ja_boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
    # What passes between the two clocks is missing in the times of all jobs: the shortest counts.
    ja_least= ja_tries=0
    while [ "${ja_least:-9}" -gt 5 ] && [ "$ja_tries" -lt 5 ]; do
        juncture_now
        ja_then=$ja_t ja_date=$(date +%s.%N) ja_tries=$((ja_tries + 1))
        juncture_now
        ja_passed=0 # in hundredths, of a clock that has them
        [ "$ja_clock" = epoch ] || ja_passed=$((1${ja_t%.*}${ja_t#*.} - 1${ja_then%.*}${ja_then#*.}))
        if [ -z "$ja_least" ] || [ "$ja_passed" -lt "$ja_least" ]; then
            ja_least=$ja_passed ja_base="$ja_t $ja_date"
        fi
    done
    ja_base="$ja_clock $ja_base $ja_boot $(uname -n)"
    juncture_event "$1.0 hello $ja_base $$ $ja_kind" .
}

# The folder is made with the first job: a service without jobs leaves nothing behind. `command` keeps
# the shell alive when `exec` fails.
juncture_prepare() {
    if mkdir -p "$ja_here" &&
        printf '\n%s.0 open %s .\n' "$ja_service" "$ja_base" >>"$ja_here/journal" &&
        command exec 5>>"$ja_here/journal"; then
        # Where there are no named pipes, nobody can wait for the helpers or tell of other clients.
        mkfifo "$ja_here/pipe" && command exec 6<>"$ja_here/pipe" && juncture_listen
        juncture_event "$ja_service.0 ready" .
    else
        juncture_event "$ja_service.0 unready" .
    fi 2>/dev/null
}

# Says on what comes by the pipe; it ends when nobody holds the pipe open.
juncture_listen() {
    while read -r ja_line; do
        juncture_event "$ja_line"
    done <"$ja_here/pipe" 3>&- 5>&- 6>&- &
}

# juncture_keep LINE: into the journal, then to whoever listens; on a full disk it is tried again.
juncture_keep() {
    until printf '\n%s .\n' "$1" >&5; do
        juncture_event "$ja_id unkept" .
        sleep 2
    done
    juncture_event "$1" .
}

# juncture_run NUMBER LIMIT RECORD FOLDER INPUT OUTPUT ERROR VARIABLES SCRIPT [PROGRAM ARGUMENT …]
#   LIMIT     seconds, 0 for none
#   ERROR     `-` when it goes where the output goes
#   VARIABLES shell text that exports the environment
#   SCRIPT    shell text to run instead of the program, which it has as "$@"; may be empty
juncture_run() {
    juncture_now
    ja_created=$ja_t
    if { printf '%s\n' "$3" >"$ja_here/$1.job"; } 2>/dev/null; then
        juncture_help "$@" </dev/null >/dev/null 2>/dev/null 3>&- &
    else
        juncture_event "$ja_service.$1 refused" .
    fi
}

# The helper of one job.
juncture_help() {
    trap '' HUP
    ja_n=$1 ja_id=$ja_service.$1 ja_limit=$2
    # First, or a job might have run before it is said to have begun.
    juncture_now
    juncture_start "$@" 4>&- 5>&- 6>&- &
    ja_p=$!
    # Word by word, which is cheap: the name of a shell has no blank in it. The 22nd is its start.
    ja_w=0 ja_start=0
    read -r ja_w ja_ ja_ ja_ ja_ ja_ ja_ ja_ ja_ ja_ ja_ ja_ ja_ ja_ ja_ ja_ ja_ ja_ ja_ ja_ ja_ \
        ja_start ja_ </proc/self/stat
    ja_line="$ja_id run $ja_t $ja_p $ja_w $ja_start $ja_created"
    if ! printf '\n%s .\n' "$ja_line" >&5; then
        juncture_kill KILL "$ja_p"
        juncture_event "$ja_id refused" .
        exit
    fi
    exec 6>&-
    juncture_event "$ja_line" .
    if [ "$ja_limit" != 0 ]; then
        juncture_watch &
        ja_watch=$!
        wait "$ja_p"
        ja_s=$?
        kill "$ja_watch"
        [ -e "$ja_here/$ja_n.limit" ] && juncture_sweep
    else
        wait "$ja_p"
        ja_s=$?
    fi
    [ -e "$ja_here/$ja_n.log" ] && ja_s="$ja_s setup"
    juncture_now
    # Whoever listens here may not be the one who has canceled it; the journal knows already.
    [ -e "$ja_here/$ja_n.cancel" ] && juncture_event "$ja_id cancel $ja_t" .
    juncture_keep "$ja_id end $ja_t $ja_s"
}

# The program's process. What goes wrong before it is the program's own is said in NUMBER.log.
juncture_start() {
    trap - HUP PIPE INT QUIT
    ja_log=$ja_here/$1.log
    if [ -n "$4" ] && ! cd "$4" 2>/dev/null && ! { mkdir -p "$4" && cd "$4"; } 2>/dev/null; then
        { mkdir -p "$4" && cd "$4"; } 2>"$ja_log" || exit 127
    fi
    ja_in=$5 ja_out=$6 ja_err=$7 ja_variables=$8 ja_script=$9
    export JUNCTURE_JOB="$ja_service.$1."
    shift 9
    if [ "$ja_err" = - ]; then
        juncture_become "$@" <"$ja_in" >"$ja_out" 2>&1
    else
        juncture_become "$@" <"$ja_in" >"$ja_out" 2>"$ja_err"
    fi
    # Still here: a file could not be opened. Once more, for the reason.
    { true <"$ja_in" && true >>"$ja_out" && true >>"$ja_err"; } 2>"$ja_log"
    exit 127
}

# The last words before `exec` are put together first: the variables may be PATH or IFS.
juncture_become() {
    if [ -n "$ja_script" ]; then
        set -- /bin/sh -c "$ja_script" sh "$@"
    fi
    if [ "$ja_kind" = perl ]; then
        set -- "$(command -v perl)" -e 'use POSIX; POSIX::setsid(); $SIG{INT} = $SIG{QUIT} = "DEFAULT";
            exec { $ARGV[0] } @ARGV; print STDERR "$ARGV[0]: $!\n"; exit 127' -- "$@"
    else
        case $ja_variables in
            *LC_ALL*) ja_quick= ;;
        esac
        set -- ${ja_quick:-$ja_session} "$@"
    fi
    eval "$ja_variables"
    [ -z "$ja_quick" ] || export LC_ALL=C
    exec "$@"
}

# The wall time of one job: TERM to all of its processes, KILL to what is left.
juncture_watch() {
    trap 'kill "$ja_sleep"; exit' TERM
    sleep "$ja_limit" &
    ja_sleep=$!
    wait "$ja_sleep" || exit
    trap '' TERM
    : >"$ja_here/$ja_n.limit"
    juncture_now
    juncture_keep "$ja_id limit $ja_t"
    juncture_kill TERM "$ja_p"
    juncture_kill CONT "$ja_p"
    trap - TERM
    sleep 5
    juncture_kill KILL "$ja_p"
}

# What a job has left in sessions of its own is known by its environment.
juncture_sweep() {
    kill -KILL "-$ja_p"
    for ja_f in $(grep -laF "JUNCTURE_JOB=$ja_id." /proc/[0-9]*/environ); do
        ja_f=${ja_f#/proc/}
        kill -KILL "${ja_f%/environ}"
    done
}

# juncture_kill SIGNAL PID: the whole group. A program that was started this instant has none yet, and
# may still ignore INT.
juncture_kill() {
    ja_tries=0
    until kill -s "$1" -- "-$2"; do
        ja_tries=$((ja_tries + 1))
        if [ "$ja_kind" = none ] || [ "$ja_tries" = 2500 ]; then
            kill -s "$1" "$2"
            return
        fi
        kill -s 0 "$2" || return
        [ "$ja_tries" -lt 2000 ] || sleep 0.01 || sleep 1
    done 2>/dev/null
}

# juncture_signal VERB SIGNAL NUMBER PID [NUMBER PID …]: VERB says what goes into the journal first.
juncture_signal() {
    ja_verb=$1 ja_signal=$2
    shift 2
    while [ $# -gt 1 ]; do
        ja_id=$1
        juncture_now
        [ "$ja_verb" != cancel ] || { : >"$ja_folder/${ja_id%.*}/${ja_id##*.}.cancel"; } 2>/dev/null
        [ "$ja_verb" = - ] || juncture_record "$ja_id" "$ja_verb $ja_t"
        juncture_kill "$ja_signal" "$2"
        [ "$ja_verb" != cancel ] || juncture_kill CONT "$2"
        shift 2
    done
}

# juncture_record SERVICE.NUMBER TEXT: a line into the journal of the job's service, and an event for
# whoever listens here, and where the job was started. To open a pipe for both ways does not wait.
juncture_record() {
    printf '\n%s %s .\n' "$1" "$2" >>"$ja_folder/${1%.*}/journal"
    juncture_event "$1 $2" .
    if [ "${1%.*}" != "$ja_service" ] && [ -p "$ja_folder/${1%.*}/pipe" ]; then
        printf '%s %s .\n' "$1" "$2" 1<>"$ja_folder/${1%.*}/pipe" 3>&- 4>&- 5>&- 6>&- &
    fi
} 2>/dev/null

# juncture_verify SERVICE.NUMBER HELPER START …: says whose helper is gone, and with which last words.
juncture_verify() {
    jobs >/dev/null 2>&1
    while [ $# -gt 2 ]; do
        if [ "$2" != 0 ] && ! juncture_lives "$2" "$3"; then
            ja_line=$(grep "^$1 end .* \.\$" "$ja_folder/${1%.*}/journal" 2>/dev/null)
            juncture_event "${ja_line:-$1 lost .}"
        fi
        shift 3
    done
    juncture_event "$ja_service.0 verified" .
}

# juncture_lives PID START: whether the process is there and is the one that began then.
juncture_lives() {
    kill -0 "$1" || return
    [ "$2" != 0 ] || return 0
    read -r ja_self <"/proc/$1/stat" || return
    ja_start=$2
    set -- ${ja_self##*\) }
    [ "${20:-}" = "$ja_start" ] && [ "$1" != Z ]
} 2>/dev/null

# juncture_follow SERVICE OFFSET: the lines of another agent's journal, from byte OFFSET on, as events.
juncture_follow() {
    ja_until=
    tail --pid=$$ -c 1 /dev/null 2>/dev/null && ja_until=--pid=$$
    tail $ja_until -c "+$2" -f "$ja_folder/$1/journal" 2>/dev/null </dev/null 3>&- 6>&- | while read -r ja_line; do
        [ -z "$ja_line" ] || juncture_event "$ja_line" || break
    done 3>&- 5>&- 6>&- &
}

# juncture_settle SERVICE PID: ends the agent of another shell, and returns when its jobs are in the journal.
juncture_settle() (
    # Its folder is known to it alone; it must not start what it may still have to read.
    read -r ja_name <"/proc/$2/comm" || ja_name=$(ps -o comm= -p "$2")
    case $ja_name in *sh | busybox) kill -KILL "$2" ;; esac
    # Open for writing, too, for a moment: opening does not wait for somebody else then.
    [ -p "$ja_folder/$1/pipe" ] &&
        exec 7<>"$ja_folder/$1/pipe" 8<"$ja_folder/$1/pipe" 7>&- &&
        while read -r ja_; do :; done <&8
    :
) 2>/dev/null

# juncture_purge DAYS: removes the folders of services whose last word is older and whose jobs have ended.
juncture_purge() {
    find "$ja_folder" -name journal -mtime "+$1" | while read -r ja_f; do
        awk '$2 == "run" { helper[$1] = $5 " " $6 } $2 == "end" { delete helper[$1] }
            END { for (job in helper) print helper[job] }' "$ja_f" | {
            while read -r ja_w ja_start; do
                juncture_lives "$ja_w" "$ja_start" && exit 1
            done
            exit 0
        } && rm -rf "${ja_f%/journal}"
    done
} </dev/null >/dev/null 2>/dev/null
