"""A FastAGI server that answers, greets and has music on, and nothing else: what a call costs without a hub. `PORT GREETING`."""

import asyncio
import sys

import uvloop


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, greeting: str) -> None:
    try:
        await reader.readuntil(b"\n\n")
        for command in ("ANSWER", f'STREAM FILE "{greeting}" "0"', 'SET MUSIC "on" "default"'):
            writer.write(f"{command}\n".encode())
            if not (await reader.readline()).startswith(b"200"):
                return
        await reader.readline()  # the caller has hung up
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    port, greeting = int(sys.argv[1]), sys.argv[2]
    server = await asyncio.start_server(lambda reader, writer: serve(reader, writer, greeting), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
