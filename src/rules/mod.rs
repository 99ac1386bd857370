//! Floor 7: rule pages: loading, checking, the expression language, its binding to the model.
