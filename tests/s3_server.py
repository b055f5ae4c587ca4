"""A real S3 server on this machine: moto's, with a folder of files in a bucket from the start.

Runs under a Python that has moto: ``python s3_server.py PORT BUCKET FOLDER``.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path


def main(port: str, bucket: str, folder: str) -> None:
    from moto.s3.models import s3_backends
    from moto.server import ThreadedMotoServer

    backend = s3_backends["123456789012"]["aws"]
    backend.create_bucket(bucket, "us-east-1")
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            backend.put_object(bucket, name, path.read_bytes())
    # Filled before it answers, so that after a restart nothing seems to be gone.
    ThreadedMotoServer(ip_address="127.0.0.1", port=int(port), verbose=False).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
