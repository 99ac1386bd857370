//! CloudTrail's management events, replayed over the model: who opened what, when, for how long.

mod access;
mod copied;
mod csv;
mod deleted;
mod destination;
mod doubt;
mod event;
mod expected;
mod fold;
mod gaps;
mod kept;
mod keys;
mod network;
mod objects;
mod outlets;
mod owner;
mod printed;
mod query;
mod ransom;
mod recorded;
mod replay;
mod scope;
mod second;
mod shut;
mod tamper;
mod told;
mod translate;
mod used;
mod verdict;
mod wiped;

pub use access::{Access, Outcome, Seen, Who, is_log, log};
pub use copied::{Copied, copied_to};
pub use event::{Event, is_beside_trail, records};
pub use fold::{account_change, first_change};
pub use network::Network;
pub use query::{Store, query};
pub use ransom::{expires_all, lifecycle_rules};
pub use replay::replay;
pub use scope::last_way;
pub(super) use tamper::{is_weaker, retention};
pub use told::{Ask, OpenNow, Replay, Row, Window};

#[cfg(test)]
mod tests;

#[cfg(test)]
mod claims;

#[cfg(test)]
mod evidence;

#[cfg(test)]
mod others;
