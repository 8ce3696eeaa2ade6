"""What was answered to whom, kept for those who have to ask again: once done is not done twice."""
