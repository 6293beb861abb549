"""What a person reads: the page, its figures and sentences, the annotated video, and the files beside them."""
