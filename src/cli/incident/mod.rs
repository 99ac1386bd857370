//! The commands about live buckets: `snapshot`, `diff` of two sources, `restore`, `contain`,
//! `timeline`, `report`.

mod apply;
mod aws;
mod collect;
pub mod diff;
mod files;
mod folder;
mod journal;
mod lock;
pub mod report;
pub mod restore;
mod script;
pub mod snapshot;
mod sources;
pub mod timeline;
mod unread;
