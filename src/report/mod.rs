//! Floor 9: what people and machines read. One file per format; formats never import each other.
