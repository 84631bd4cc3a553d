"""A copy of a picture's pixels alone, made by this file run as a program: on stdin, out on stdout.

What a photograph says beside its pixels (where, when, with whose phone, and anything hung after
it) stays behind: they are pasted on a new picture, for saving the opened one keeps its comments.
The program limits itself before it reads a byte, writes no file, and ends with 1 for what it
cannot copy.
"""

import io
import resource
import subprocess
import sys
import warnings
from collections.abc import Iterable

PATIENCE_SECONDS = 30
MOST_BYTES = 64 * 1024 * 1024  # of a copy
MOST_PIXELS = 24_000_000
MOST_MEMORY = 1024 * 1024 * 1024
MOST_SECONDS = 20
MOST_PNG = 20 * 1024 * 1024
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")


class NotCopied(Exception):
    """The picture is too large, damaged or hostile; only the original can be given."""


def reader_copy(source: Iterable[bytes]) -> tuple[bytes, str]:
    """The pixels alone, and the kind they are in now (png or jpg); raises NotCopied.

    Nothing of it touches the disk: the picture goes by a pipe, and so does the copy.
    """
    command = [sys.executable, "-I", "-B", __file__]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no word of it from outside
            command,
            input=b"".join(source),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_SECONDS,
            env={"OMP_NUM_THREADS": "1"},
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise NotCopied(type(error).__name__) from None
    if not 0 < len(done.stdout) <= MOST_BYTES:
        raise NotCopied("nothing came back")
    return done.stdout, "png" if done.stdout.startswith(b"\x89PNG") else "jpg"


def limit_itself() -> None:
    """So that a hostile picture takes this process down and nothing else."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def copied(data: bytes) -> bytes:
    """The picture's pixels, upright, as PNG where they are that or see-through, else as JPEG."""
    import pillow_heif
    from PIL import Image, ImageOps

    pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        keeps_png = opened.format == "PNG"
        picture = ImageOps.exif_transpose(opened)
        mode = "RGBA" if picture.has_transparency_data else "RGB"
        pixels = picture if picture.mode == mode else picture.convert(mode)
        fresh = Image.new(mode, pixels.size)
        fresh.paste(pixels)
    if keeps_png or mode == "RGBA":
        out = _saved(fresh, "PNG")
        if len(out) <= MOST_PNG:
            return out
    return _saved(fresh.convert("RGB"), "JPEG", quality=90)


def _saved(picture: object, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)  # type: ignore[attr-defined]  # PIL is imported inside
    return out.getvalue()


def main() -> int:
    limit_itself()
    try:
        sys.stdout.buffer.write(copied(sys.stdin.buffer.read()))
    except BaseException:  # noqa: BLE001 - also MemoryError; what it says may quote the picture
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
