"""The link panel: it writes into the conditions, and shows what they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from course_lib import lab
from course_lib.lab import loop, proxy
from course_lib.lab.link_panel import LinkPanel, link_panel
from course_lib.net import http_client, http_server
from course_lib.simulator.link import Conditions
from course_lib.wire.http import http11


class Link:
    """Conditions, and a cut that is remembered."""

    def __init__(self, **conditions: Any) -> None:
        self.conditions = Conditions(**conditions)
        self.cuts: list[str] = []

    def cut(self, how: str = "rst") -> int:
        self.cuts.append(how)
        return len(self.cuts)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Panels register themselves to be closed."""
    yield
    loop.teardown()


def shown(link: Any, name: str = "link") -> LinkPanel:
    panel = link_panel(link, name=name)
    panel.widgets()
    return panel


def test_a_number_that_is_typed_acts_at_once() -> None:
    """Milliseconds and kilobytes on the panel, seconds and bytes in the conditions."""
    link = Link(rtt=0.05)
    panel = shown(link, "cable")
    assert [panel.controls[key].value for key in ("rtt", "jitter", "bandwidth")] == [50, 0, 0]
    panel.controls["rtt"].value = 200
    assert link.conditions.rtt == 0.2
    assert "<code>cable.conditions.rtt = 0.2</code>" in panel.status.value
    panel.controls["jitter"].value = 7.5
    panel.controls["bandwidth"].value = 64
    panel.controls["stalled"].value = True
    assert link.conditions == Conditions(rtt=0.2, jitter=0.0075, bandwidth=64_000, stalled=True)
    panel.controls["bandwidth"].value = 0
    assert link.conditions.bandwidth is None
    assert "cable.conditions.bandwidth = None" in panel.status.value


def test_what_code_changes_is_shown_and_not_rounded() -> None:
    """The panel watches; showing a value does not write it back."""
    link = Link()
    panel = shown(link)
    link.conditions.rtt = 1 / 3_000_000_007
    link.conditions.bandwidth = 1_234.5
    link.conditions.stalled = True
    assert link.conditions.rtt == 1 / 3_000_000_007
    assert link.conditions.bandwidth == 1_234.5
    assert panel.controls["bandwidth"].value == 1.2345
    assert panel.controls["stalled"].value is True
    panel.close()
    panel.close()
    link.conditions.stalled = False
    assert panel.controls["stalled"].value is True


def test_each_kind_of_cut_has_a_button() -> None:
    """And says the call that does the same."""
    link = Link()
    panel = shown(link)
    for how in ("rst", "fin", "silence"):
        panel.controls[how].click()
    assert link.cuts == ["rst", "fin", "silence"]
    assert "Cut: silence: 3 connections cut" in panel.done.value
    assert "link.cut(&quot;silence&quot;)" in panel.status.value


def test_without_widgets_there_is_a_table_of_the_calls() -> None:
    """What a terminal and a stored notebook show."""
    panel = link_panel(Link(rtt=0.05, jitter=0.01, bandwidth=64_000), name="link")
    assert repr(panel).splitlines() == [
        "round trip        50 ms        link.conditions.rtt = 0.05",
        "jitter, each way  up to 10 ms  link.conditions.jitter = 0.01",
        "bandwidth         64 kB/s      link.conditions.bandwidth = 64000",
        "stalled           no           link.conditions.stalled = False",
        'cut                            link.cut("rst" or "fin" or "silence")',
    ]
    bundle = panel._repr_mimebundle_()
    assert bundle["text/html"].startswith('<table><caption style="text-align:left">The link')
    assert "application/vnd.jupyter.widget-view+json" in bundle


async def test_a_real_proxy_is_cut_and_slowed_from_the_panel() -> None:
    """Also from another thread, as widgets may call."""

    def hello(_: http11.Request) -> http11.Response:
        return http11.Response(200, body=b"hello")

    async with (
        http_server.serve(hello) as server,
        proxy.Proxy(server) as link,
        http_client.Client() as http,
    ):
        panel = shown(link)
        await http.get(link.url)
        assert link.open_connections == 1
        await asyncio.to_thread(panel.controls["rst"].click)
        await lab.until(lambda: not link.open_connections)
        assert "1 connection cut" in panel.done.value
        assert panel.moving.value == "now: bytes move"
        panel.controls["stalled"].value = True
        waiting = asyncio.create_task(http.get(link.url))
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert not done
        assert panel.moving.value == "now: nothing moves"
        await asyncio.to_thread(setattr, panel.controls["stalled"], "value", False)
        assert (await waiting).body == b"hello"


def test_a_proxy_that_does_not_listen_yet_can_be_set_up() -> None:
    """There is nothing to cut."""
    link = proxy.Proxy(("127.0.0.1", 9))
    panel = shown(link)
    panel.controls["rtt"].value = 80
    panel.controls["rst"].click()
    assert link.conditions.rtt == 0.08
    assert "0 connections cut" in panel.done.value
