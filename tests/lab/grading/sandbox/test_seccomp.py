"""The filter of system calls, run step by step as the kernel does, for each machine."""

from __future__ import annotations

import struct

import pytest

from course_lib.lab.grading.sandbox import seccomp


def _run(machine: str, number: int, *arguments: int, architecture: int = 0) -> int:
    """What the filter says of a call."""
    given = seccomp.MACHINES[machine]
    steps = [*struct.iter_unpack("=HBBI", seccomp.program(given))]
    data = {seccomp.NUMBER: number, seccomp.ARCHITECTURE: architecture or given.architecture}
    places = (seccomp.FIRST_ARGUMENT, seccomp.SECOND_ARGUMENT)
    data |= dict(zip(places, (*arguments, 0, 0), strict=False))
    at = loaded = 0
    while True:
        instruction, so, otherwise, value = steps[at]
        at += 1
        if instruction == seccomp.LOAD:
            loaded = data[value]
        elif instruction == seccomp.RETURN:
            return int(value)
        else:
            tests = {
                seccomp.EQUAL: loaded == value,
                seccomp.AT_LEAST: loaded >= value,
                seccomp.HAS_BIT: loaded & value,
            }
            at += so if tests[instruction] else otherwise


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_each_call_in_the_table_is_refused_and_no_other(machine: str) -> None:
    """Those for itself alone are allowed when the process number is 0."""
    given = seccomp.MACHINES[machine]
    only = {given.socketpair, given.clone, seccomp.CLONE3}
    said = {number: _run(machine, number) for number in range(600)}
    refused = {number for number, word in said.items() if word != seccomp.ALLOW}
    assert refused == {*given.refused} | only
    assert {_run(machine, number, 77) for number in given.own} == {seccomp.REFUSE}


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_a_clone_is_a_thread_and_a_pair_of_sockets_is_a_stream(machine: str) -> None:
    """clone3 looks absent, so that libc asks for a thread with clone, whose flags can be seen."""
    given = seccomp.MACHINES[machine]
    assert _run(machine, given.clone, 0x3D0F00) == seccomp.ALLOW  # as pthread_create calls it
    assert _run(machine, given.clone, 0x1200011) == seccomp.REFUSE  # as fork does
    assert _run(machine, seccomp.CLONE3) == seccomp.ABSENT
    assert _run(machine, given.socketpair, 1, 0x80001) == seccomp.ALLOW
    assert _run(machine, given.socketpair, 1, 0x80002) == seccomp.REFUSE  # SOCK_DGRAM


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_another_interface_of_the_kernel_is_no_way_round(machine: str) -> None:
    """Calls of 32-bit programs have other numbers; all of them are refused."""
    assert _run(machine, 3, architecture=0x40000003) == seccomp.REFUSE
    assert _run(machine, seccomp.X32 | 3) == seccomp.REFUSE
