"""IAMAT as one would write it in Python with asyncio's streams: check the fields, compute the skew,
remember the client's newest line, answer. No flooding, no WHATSAT. Prints its port."""

import asyncio
import re
import sys
import time

LOCATION = re.compile(rb"[+-](\d+(?:\.\d+)?)[+-](\d+(?:\.\d+)?)")
TIME = re.compile(rb"(\d{1,12})(?:\.(\d+))?")
NANOS = 1_000_000_000

clients: dict[bytes, tuple[int, bytes]] = {}


def parse_location(field: bytes) -> bool:
    match = LOCATION.fullmatch(field)
    return match is not None and float(match[1]) <= 90 and float(match[2]) <= 180


def parse_time(field: bytes) -> int | None:
    match = TIME.fullmatch(field)
    if match is None:
        return None
    fraction = (match[2] or b"")[:9].ljust(9, b"0")
    return int(match[1]) * NANOS + int(fraction)


def format_skew(nanos: int) -> bytes:
    sign = "-" if nanos < 0 else "+"
    seconds, rest = divmod(abs(nanos), NANOS)
    return f"{sign}{seconds}.{rest:09}".encode()


def answer(line: bytes) -> bytes:
    fields = line.split()
    if len(fields) != 4 or fields[0] != b"IAMAT" or not parse_location(fields[2]):
        return b"? " + line
    sent = parse_time(fields[3])
    if sent is None:
        return b"? " + line
    skew = format_skew(time.time_ns() - sent)
    reply = b"AT Python " + skew + b" " + b" ".join(fields[1:]) + b"\n"
    known = clients.get(fields[1])
    if known is None or known[0] < sent:
        clients[fields[1]] = (sent, reply)
    return reply


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while line := await reader.readline():
            writer.write(answer(line))
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1])
    sys.stdout.flush()
    await server.serve_forever()


asyncio.run(main())
