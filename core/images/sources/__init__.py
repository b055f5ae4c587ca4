"""Images by address: buckets, web servers, and the forms that large collections come in."""
