"""A vocabulary file as people write it: classes, tags, rules and their comments."""

GOOD = """\
# the sky and what is in it
classes:
  day: [a photo at day]      # bright
  night: [a photo at night]
templates: ["a photo of {description}", "{label}"]
defaults: {accept: 0.8}
tags:
  earth: the planet Earth    # ours
  moon:
    label: The Moon
    type: quality
    prompts: [the full moon, "{description} of the moon"]
    contrast: the sun
    centre: 2                # by hand
  stars: [stars, the milky way]
derived:
  earth_and_moon: earth & moon   # both
  dark: {rule: not earth or stars, label: Dark}
"""
