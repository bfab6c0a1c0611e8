"""The benchmark: rows to measure, contestants in each, and the report.

    side      the interpreters compared, their adaptors and daemons
    measure   what a row is: contestants, samples, goals
    runner    contestants interleaved, medians and paired ratios
    commands, client, throughput, actions, idle   the rows
    host, saga_side   the host behind ssh, and what the rows about back-end access share
    saga_calls, saga_services, saga_jobs, saga_streams   those rows
    machine, report   where it was measured, and the table

Nothing in here imports a runtime: every contestant runs in processes of its own interpreter.
"""
