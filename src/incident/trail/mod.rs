//! CloudTrail's management events, replayed over the model: who opened what, when, for how long.

mod event;
mod fold;
mod network;
mod replay;

pub use event::{Event, records};
pub use network::Network;
pub use replay::{Ask, Replay, Row, Window, replay};

#[cfg(test)]
mod tests;
