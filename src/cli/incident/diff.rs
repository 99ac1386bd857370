//! `diff` of two sources.
