"""The course: what the notebooks ask (nb00 to nb11), how they answer, and the black boxes."""
