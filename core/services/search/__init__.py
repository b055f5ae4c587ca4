"""From a request to the images that fit it best."""
