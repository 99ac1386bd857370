//! Floor 0: bytes and places. Knows nothing of any language.

pub(crate) mod calendar;
mod diagnostic;
mod fs;
mod nearest;
mod overlay;
mod piece;
mod sources;
mod span;

pub use diagnostic::{Diagnostic, Gravity};
pub(crate) use fs::normal;
pub use fs::{DEFAULT_LIMIT, Disk, FileSystem, Memory, ReadError};
pub use nearest::{did_you_mean, is_slip, nearest};
pub use overlay::Overlay;
pub use piece::Piece;
pub use sources::{LineColumn, SourceFile, Sources};
pub use span::{FileId, Span};
