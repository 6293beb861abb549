"""A photograph: who is in it, the joints, the angles, the annotated picture and the files."""
