"""The commands around words: columns brought along, what they are worth, one picture tried."""
