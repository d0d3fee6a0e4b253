"""The filter of system calls, run step by step as the kernel does, for each machine."""

from __future__ import annotations

import struct

import pytest

from course_lib.lab.grading.sandbox import seccomp


def _run(program: bytes, number: int, architecture: int, argument: int = 0) -> int:
    """What the filter says of a call."""
    steps = [*struct.iter_unpack("=HBBI", program)]
    data = {seccomp.NUMBER: number, seccomp.ARCHITECTURE: architecture}
    data[seccomp.FIRST_ARGUMENT] = argument
    at = loaded = 0
    while True:
        instruction, so, otherwise, value = steps[at]
        at += 1
        if instruction == seccomp.LOAD:
            loaded = data[value]
        elif instruction == seccomp.RETURN:
            return int(value)
        else:
            holds = loaded == value if instruction == seccomp.EQUAL else loaded >= value
            at += so if holds else otherwise


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_each_call_in_the_table_is_refused_and_no_other(machine: str) -> None:
    """Those for itself alone are allowed when the process number is 0."""
    architecture, refused, own = seccomp.MACHINES[machine]
    program = seccomp.program(architecture, refused, own)
    said = {number: _run(program, number, architecture) for number in range(600)}
    assert {number for number, word in said.items() if word != seccomp.ALLOW} == {*refused}
    assert {_run(program, number, architecture, 77) for number in own} == {seccomp.REFUSE}


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_another_interface_of_the_kernel_is_no_way_round(machine: str) -> None:
    """Calls of 32-bit programs have other numbers; all of them are refused."""
    program = seccomp.program(*seccomp.MACHINES[machine])
    assert _run(program, 3, 0x40000003) == seccomp.REFUSE
    assert _run(program, seccomp.X32 | 3, seccomp.MACHINES[machine][0]) == seccomp.REFUSE
