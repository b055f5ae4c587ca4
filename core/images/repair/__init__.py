"""Files whose picture is there although something in them is wrong: extras, or their end."""
