//! What several frontends need and no floor below has.

mod name_table;

pub use name_table::NameTable;
