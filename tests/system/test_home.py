# SPDX-License-Identifier: Apache-2.0
"""The simulated home itself, asked by pymodbus's client: what the other tests rest on."""
import asyncio
import os

import pytest
from pymodbus.client import AsyncModbusTcpClient, ModbusSerialClient

import harness


@pytest.fixture(scope="module")
def home():
    folder = harness.Folder()
    h = harness.Home(folder.path, seed=3).start()
    yield h
    h.kill()
    folder.remove()


@pytest.fixture
def rtu(home):
    # its time-out is whole seconds: 3.0.0 cuts a fraction off
    client = ModbusSerialClient(port=os.path.realpath(home.rtu), baudrate=9600, timeout=1, retries=0)
    client.connect()
    yield client
    client.close()


def test_values_and_holes(home, rtu):
    home.tell("set", "sdm120", "active_power", 1234.5)
    assert rtu.read_input_registers(12, 2, slave=1).registers == [0x449A, 0x5000]
    home.tell("set", "pzem", "energy", 70.123) # low word first, 1 Wh a count
    assert rtu.read_input_registers(5, 2, slave=2).registers == [70123 & 0xFFFF, 70123 >> 16]
    assert rtu.read_input_registers(2, 1, slave=1).exception_code == 2
    assert rtu.read_holding_registers(12, 2, slave=1).exception_code == 2
    assert rtu.read_input_registers(0, 1, slave=9).isError()
    home.tell("set", "dhw", "tank_top_temperature_t5u", 55.5) # 0.5 a step, from -15
    assert rtu.read_holding_registers(101, 1, slave=4).registers == [141]


def test_history_is_what_was_answered(home, rtu):
    home.tell("set", "probe", "temperature", -3.4)
    assert rtu.read_input_registers(1, 2, slave=3).registers[0] == 0x10000 - 34
    assert home.tell("served", "probe", "temperature")[-1][1] == -3.4


def test_faults(home):
    home.tell("fault", "pool", "2074.0", 1)
    home.tell("fault", "vent", 12, 1)
    home.tell("fault", "vent", 139, 1)

    async def read():
        out = []
        for unit, at, count in (("pool", 2074, 1), ("vent", 599, 3)):
            host, port = home.units[unit]["device"][4:].rsplit(":", 1)
            client = AsyncModbusTcpClient(host, port=int(port))
            await client.connect()
            out += (await client.read_holding_registers(at, count, slave=home.units[unit]["unit"])).registers
            await client.close()
        return out
    assert asyncio.run(read()) == [1, 2, 139, 12]
    home.tell("fault", "vent", 139, 0)
    assert home.tell("get", "vent", "active_alarm_1")["value"] == 12


@pytest.mark.parametrize("kind", ["crc", "short", "foreign", "late 1500"])
def test_spoilt_replies(home, rtu, kind):
    home.tell("disturb", "sdm120", kind)
    assert rtu.read_input_registers(0, 2, slave=1).isError()
    home.tell("disturb", "sdm120", "none")
    harness.wait_for("a quiet line", lambda: home.tell("stats")["delayed"] == 0, 5)
    harness.wait_for("an answer again", lambda: not rtu.read_input_registers(0, 2, slave=1).isError(), 5)


def test_exceptions_and_silence(home, rtu):
    home.tell("disturb", "sdm120", "exception", 6)
    assert rtu.read_input_registers(0, 2, slave=1).exception_code == 6
    home.tell("disturb", "sdm120", "none")
    home.tell("unit", 1, "off")
    assert rtu.read_input_registers(0, 2, slave=1).isError()
    assert not rtu.read_input_registers(0, 1, slave=2).isError()
    home.tell("unit", 1, "on")
    assert not rtu.read_input_registers(0, 2, slave=1).isError()


def test_moves_by_seed(home):
    first = home.tell("get", "pool", "outlet_water_temperature")["value"]
    home.tell("freeze", "on")
    value = home.tell("get", "sdm120", "voltage")["value"]
    assert value == home.tell("get", "sdm120", "voltage")["value"] and 220 < value < 240 and 27 < first < 32
    home.tell("freeze", "off")
