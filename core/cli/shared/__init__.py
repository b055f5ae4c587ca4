"""What commands share: options, opening of projects, the terminal."""
