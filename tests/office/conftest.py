"""Django stands before any module here is imported; tests enter a node with the fixture `offices`."""

import atexit
import shutil
import tempfile
from pathlib import Path

from tests.harness.offices import boot_for_import

_folder = tempfile.mkdtemp(prefix="comity-import-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
boot_for_import(Path(_folder))
