"""Parquet and Arrow files in their own blocks: row groups and record batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from netspec.data.arrays import reason
from netspec.data.arrow import column, is_text, width
from netspec.data.room import hold
from netspec.data.stream.blocks import Blocks, Piece

PIECE = 2**24  # bytes of a piece as arrays, about
ROWS = 2**16  # and its rows, at most


class Tables(Blocks):
    """A file of pyarrow's."""

    def __init__(self, path: Path):
        super().__init__(path)
        self.kind = "a Parquet" if path.suffix.lower() == ".parquet" else "an Arrow"
        with self._opened() as (schema, count, _):
            self.names, self._count = schema.names, count
            for name in self.names:
                if self.names.count(name) > 1:
                    self.bare.wrong("bad-data", f"two columns are called {name!r}")
            self.rows = max(1, min(ROWS, PIECE // max(1, width(schema))))

    def __len__(self) -> int:
        return self._count

    def read(self, at: int, first: int, wanted: list[str]) -> Iterator[Piece]:
        self.unchanged()
        with self._opened() as (_, _, batches):
            for batch in batches(at, wanted, self.rows):
                batch.validate(full=True)  # what a file says of itself is not to be trusted
                piece = Piece(self.name, {}, has_cells=True, first=first)
                for name in wanted:
                    piece.arrays[name] = column(piece, name, batch.column(name))
                first += len(batch)
                yield self.settled(piece)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, int, Callable[..., Iterator[Any]]]]:
        """The schema, the number of blocks, and what gives a block in tables; ``SpecError`` where it is no file."""
        import pyarrow as pa

        try:
            with (_parquet if self.kind == "a Parquet" else _ipc)(self.path) as opened:
                yield opened
        except MemoryError:
            self.bare.wrong("too-large", "a block of it does not fit into memory")
        except (pa.ArrowException, OSError, ValueError, EOFError, KeyError) as error:
            self.bare.wrong("bad-data", f"is not {self.kind} file: {reason(error)}")


@contextmanager
def _parquet(path: Path) -> Iterator[tuple[Any, int, Callable[..., Iterator[Any]]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        texts = [field.name for field in file.schema_arrow if is_text(field.type)]
    with pq.ParquetFile(path, read_dictionary=texts) as file:

        def batches(at: int, wanted: list[str], rows: int) -> Iterator[Any]:
            for batch in file.iter_batches(rows, row_groups=[at], columns=wanted):
                yield pa.Table.from_batches([batch])

        yield file.schema_arrow, file.metadata.num_row_groups, batches


@contextmanager
def _ipc(path: Path) -> Iterator[tuple[Any, int, Callable[..., Iterator[Any]]]]:
    import pyarrow as pa

    with pa.OSFile(str(path)) as file:  # not mapped: a file may change while a net is trained
        if file.read(6) != b"ARROW1":
            raise ValueError("it is a stream, whose blocks can be read in one order only; write it as a file")
        reader = pa.ipc.open_file(file)
        count = reader.num_record_batches
        hold(2 * path.stat().st_size // max(1, count), str(path))

        def batches(at: int, wanted: list[str], rows: int) -> Iterator[Any]:
            table = pa.Table.from_batches([reader.get_batch(at)]).select(wanted)
            for start in range(0, len(table), rows):
                yield table.slice(start, rows)

        yield reader.schema, count, batches
