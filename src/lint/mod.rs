//! Floor 8: runs rules over facts.
