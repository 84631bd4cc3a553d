"""Run as a program, apart: a picture on stdin, a copy of its pixels alone on stdout.

What a photograph says beside its pixels (where, when, with whose phone, and anything hung after
it) stays behind: they are pasted on a new picture, for saving the opened one keeps its comments.
It limits itself before it reads a byte, writes no file, and ends with 1 for what it cannot copy.
"""

import io
import resource
import sys
import warnings

MOST_PIXELS = 24_000_000
MOST_MEMORY = 1024 * 1024 * 1024
MOST_SECONDS = 20
MOST_PNG = 20 * 1024 * 1024
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")


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
    except BaseException:  # also MemoryError; what it says may quote the picture
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
