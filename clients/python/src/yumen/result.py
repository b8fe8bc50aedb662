"""A released file with its receipt."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Optional, Tuple, Union

from . import errors
from .values import Json, Release, Text

if TYPE_CHECKING:
    import pandas
    import pyarrow

Path = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class Result:
    """A released file, whose bytes were compared with the digest of its release.

    The receipt proves against the domain's public log that these bytes were released; ``yumen release verify`` checks
    it without the server.
    """

    release: Release
    media_type: str
    columns: Tuple[Json, ...]
    notice: Text  # what its class leaves out of every result
    receipt: bytes = field(repr=False)
    content: Optional[bytes] = field(repr=False, default=None)
    path: Optional[str] = None  # where the file was written, if not into memory

    def open(self) -> BinaryIO:
        """Opens the file for reading."""
        if self.path is not None:
            return open(self.path, "rb")
        return io.BytesIO(self.content or b"")

    def save(self, path: Path) -> None:
        """Writes the file to a new path. ``FileExistsError`` where there is one."""
        with self.open() as source, open(path, "xb") as f:
            while True:
                chunk = source.read(1 << 20)
                if not chunk:
                    return
                f.write(chunk)

    def save_receipt(self, path: Path) -> None:
        """Writes the receipt to a new path. ``FileExistsError`` where there is one."""
        with open(path, "xb") as f:
            f.write(self.receipt)

    def arrow(self) -> "pyarrow.Table":
        """Returns the table, which needs pyarrow (``pip install 'yumen[arrow]'``).

        CSV files are written for people: a column in which a cell was suppressed shows that in words, so it is text here.
        Have results released as ``parquet`` or ``arrow`` to keep the types of all columns.
        """
        with self.open() as f:
            if self.release.format == "parquet":
                import pyarrow.parquet

                return pyarrow.parquet.read_table(f)
            if self.release.format == "arrow":
                import pyarrow.ipc

                return pyarrow.ipc.open_stream(f).read_all()
            if self.release.format == "ndjson":
                import pyarrow.json

                return pyarrow.json.read_json(f)
            return self._csv(f)

    def dataframe(self) -> "pandas.DataFrame":
        """Returns the table as a data frame, which needs pandas and pyarrow (``pip install 'yumen[pandas,arrow]'``)."""
        return self.arrow().to_pandas()

    def _csv(self, f: BinaryIO) -> "pyarrow.Table":
        import pyarrow
        import pyarrow.csv

        names = pyarrow.csv.open_csv(self.open()).schema.names
        read = pyarrow.csv.read_csv(
            f,
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pyarrow.string() for name in names},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        types = {c["name"]: _arrow_type(c.get("type", "text")) for c in self.columns}
        for i, name in enumerate(read.schema.names):
            wanted = types.get(name)
            if wanted is None:
                continue
            try:
                read = read.set_column(i, name, read.column(i).cast(wanted))
            except pyarrow.ArrowInvalid:
                pass  # a cell says in words why it is not there
        return read


def _arrow_type(name: str) -> Any:
    """Returns the type of Arrow for a type of the catalog; None for text."""
    import pyarrow

    if name.startswith("decimal("):
        precision, scale = (int(n) for n in name[8:-1].split(","))
        return pyarrow.decimal128(precision, scale)
    plain = {
        "boolean": pyarrow.bool_(),
        "integer": pyarrow.int64(),
        "double": pyarrow.float64(),
        "date": pyarrow.date32(),
        "timestamp": pyarrow.timestamp("us"),
    }
    return plain.get(name)


class Checked:
    """Takes the bytes of a file and compares them with its digest."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._hash = hashlib.sha256()
        self._bytes = 0

    def add(self, chunk: bytes) -> None:
        """Counts bytes in. More than the release has are refused at once."""
        self._bytes += len(chunk)
        self._hash.update(chunk)
        if self._bytes > self._release.bytes:
            raise self._differs()

    def end(self) -> None:
        """Refuses, with :class:`errors.Corrupt`, what is not the released file."""
        if self._bytes != self._release.bytes or f"sha256:{self._hash.hexdigest()}" != self._release.digest:
            raise self._differs()

    def _differs(self) -> errors.Corrupt:
        return errors.Corrupt(
            errors.local(
                "corrupt",
                "the file is not the one that was released: its digest differs",
                "文件与出域时不一致：摘要值不同",
                "fetch it again; if it differs again, tell whoever runs the domain",
                "请重新获取；若仍不一致，请告知平台运维",
            )
        )
