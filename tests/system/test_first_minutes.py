# SPDX-License-Identifier: Apache-2.0
"""docs/first-five-minutes.md shows what hearthctl says today."""
import subprocess

import pytest

import harness


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_document_is_what_happens(lang):
    try:
        harness.program("hearthctl")
    except harness.Missing as missing:
        pytest.skip(str(missing))
    done = subprocess.run([harness.PYTHON, harness.HERE + "/first_minutes.py", "--check", "--lang", lang],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=400)
    assert done.returncode == 0, done.stdout
