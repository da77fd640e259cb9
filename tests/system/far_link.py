# SPDX-License-Identifier: Apache-2.0
"""A relay and a good broker on this machine's loopback, whatever was done to it: 20 messages of 2 kB. Run as a program
(in the machine of tests/system/hotplug) it prints what it saw as a line of JSON."""
import asyncio
import json
import os
import tempfile
import time

import harness
import hostile_broker as hb


class Good(hb.Broker):
    def __init__(self):
        super().__init__(5, None)
        self.bad = False


async def play(folder, timeout):
    owner = hb.Owner(os.path.join(folder, "sock"))
    task = asyncio.ensure_future(owner.run())
    relay = harness.Process("hearth-relay", folder, [harness.program("hearth-relay"), "far", "--socket",
                                                     os.path.join(folder, "sock"), "--credentials", folder]).spawn()
    case = hb.Case(hb.Row("", None, [""], size=2000, window=8, ack_timeout=30), 5)
    case.broker = await Good().start()
    assert await owner.until(lambda: owner.link is not None, 60)
    owner.case = case
    owner.settings()
    case.todo = list(range(1, 21))
    begun = time.monotonic()
    done = await owner.until(lambda: not case.todo, timeout)
    out = {"done": done, "seconds": round(time.monotonic() - begun, 1), "said": case.said, "wrong": case.wrong,
           "connections": case.broker.connections, "publishes": case.broker.times, "order": case.broker.order}
    task.cancel()
    await case.broker.end()
    relay.kill()
    return out


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        print(json.dumps(asyncio.run(play(made, 240))))
