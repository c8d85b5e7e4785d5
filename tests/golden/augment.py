# augment.py - writes augment.h: what PIL and torchvision make of an image, operation by operation
# SPDX-License-Identifier: MIT
# Usage: python3 tests/golden/augment.py >tests/golden/augment.h
import numpy as np
import PIL
import torch
import torchvision
import torchvision.transforms.functional as F
from PIL import Image, ImageOps
from torchvision.transforms import InterpolationMode


def scene(h, w):
    """Shaded ground, two discs with hard edges, stripes and some noise: u8 [h,w,3]."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:h, 0:w].astype(float)
    img = np.stack([60 + 5 * y, 200 - 4 * x - y, 90 + 40 * np.sin(x / 3)], -1)
    img[(y - 9) ** 2 + (x - 8) ** 2 < 30] = (230, 40, 30)
    img[(y - 20) ** 2 + (x - 17) ** 2 < 25] = (20, 220, 250)
    img[:, 22:24] = (255, 255, 255)
    img[27:29, :] = (0, 0, 0)
    return np.clip(img + rng.normal(0, 6, img.shape), 0, 255).astype(np.uint8)


def emit(name, img):
    """Planes, as the tools have them: [3][h][w]."""
    a = np.asarray(img)
    a = a[..., None] if a.ndim == 2 else a
    values = a.transpose(2, 0, 1).ravel()
    print(f"static const unsigned char {name}[] = {{")
    for i in range(0, len(values), 18):
        print("    " + ", ".join(str(v) for v in values[i : i + 18]) + ",")
    print("};")


H, W, SIZE = 31, 26, 16
img = Image.fromarray(scene(H, W))
print("/* augment.h - an image by Pillow %s and torchvision %s (torch %s): augment.py"
      % (PIL.__version__, torchvision.__version__.split("+")[0], torch.__version__.split("+")[0]))
print(" * SPDX-License-Identifier: MIT */")
print("#ifndef NAI_GOLDEN_AUGMENT_H\n#define NAI_GOLDEN_AUGMENT_H\n")
print("/* clang-format off */")
print(f"enum {{ GOLDEN_H = {H}, GOLDEN_W = {W}, GOLDEN_SIZE = {SIZE} }};\n")
emit("golden_image", img)

crops = [(0, 0, 31, 26), (3, 5, 9, 11), (12, 7, 16, 16), (1, 2, 29, 7), (30, 25, 1, 1)]
print("static const unsigned golden_crop[][4] = { /* top, left, height, width */")
for c in crops:
    print("    {%d, %d, %d, %d}," % c)
print("};")
for k, c in enumerate(crops):
    out = F.resized_crop(img, *c, (SIZE, SIZE), InterpolationMode.BILINEAR)
    emit(f"golden_crop_{k}", out)
base = F.resized_crop(img, *crops[0], (SIZE, SIZE), InterpolationMode.BILINEAR)
emit("golden_flip", F.hflip(base))
for k, f in enumerate((0.6, 1.4)):
    f = float(np.float32(f))
    emit(f"golden_brightness_{k}", F.adjust_brightness(base, f))
    emit(f"golden_contrast_{k}", F.adjust_contrast(base, f))
    emit(f"golden_saturation_{k}", F.adjust_saturation(base, f))
for k, f in enumerate((0.1, -0.3)):
    emit(f"golden_hue_{k}", F.adjust_hue(base, float(np.float32(f))))
emit("golden_gray", F.to_grayscale(base, 3))
emit("golden_blur_0", F.gaussian_blur(base, [3, 3], [0.7, 0.7]))
emit("golden_blur_1", F.gaussian_blur(base, [9, 9], [2.0, 2.0]))
emit("golden_solarize", ImageOps.solarize(base, 128))

# All of them, one after the other, as a view is made.
out = F.hflip(F.resized_crop(img, *crops[3], (SIZE, SIZE), InterpolationMode.BILINEAR))
for op, f in ((F.adjust_saturation, 0.75), (F.adjust_brightness, 1.25), (F.adjust_hue, -0.0625),
              (F.adjust_contrast, 0.5)):
    out = op(out, f)
emit("golden_chain", ImageOps.solarize(F.gaussian_blur(out, [3, 3], [1.5, 1.5]), 128))

# One channel.
gray = img.convert("L")
emit("golden_gray_image", gray)
out = F.resized_crop(gray, *crops[1], (SIZE, SIZE), InterpolationMode.BILINEAR)
emit("golden_gray_chain", F.adjust_contrast(F.adjust_brightness(out, 1.25), 0.5))
print("/* clang-format on */\n\n#endif")
