//! What is known of accounts from records that have no bucket, for each record what was said before it.

use std::collections::{BTreeSet, HashMap};

use crate::model::Account;

/// Accounts by their id, with the numbers that the records that said them have in their block.
#[derive(Debug, Default)]
pub struct Accounts {
    said: HashMap<String, Vec<(usize, Account)>>,
    /// What was said in this block.
    now: BTreeSet<String>,
}

impl Accounts {
    /// Keeps what a record says; records come in order.
    pub fn say(&mut self, record: usize, account: Account) {
        self.now.insert(account.provider.clone());
        self.said.entry(account.provider.clone()).or_default().push((record, account));
    }

    /// The last that was said of an account up to a record.
    pub fn of(&self, id: &str, record: usize) -> Option<&Account> {
        let said = self.said.get(id)?;
        let behind = said.partition_point(|it| it.0 <= record);
        behind.checked_sub(1).and_then(|it| said.get(it)).map(|it| &it.1)
    }

    /// The block is judged: the last that was said counts from the first record of the next on.
    pub fn settle(&mut self) {
        for id in std::mem::take(&mut self.now) {
            let Some(said) = self.said.get_mut(&id) else { continue };
            said.drain(..said.len().saturating_sub(1));
            said.iter_mut().for_each(|it| it.0 = 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AccountLevel;
    use crate::value::{Attr, Guard, Origin};

    #[test]
    fn the_last_before_a_record_counts() {
        let one = |id: &str, address: &str| Account {
            address: address.to_owned(),
            origin: Origin::default(),
            exists: Guard::always(),
            provider: id.to_owned(),
            level: AccountLevel::Account,
            account_id: Attr::absent(Origin::default()),
            public_access_block: Attr::absent(Origin::default()),
        };
        let mut all = Accounts::default();
        all.say(1, one("a", "first"));
        all.say(3, one("a", "second"));
        all.say(3, one("b", "other"));
        let address = |all: &Accounts, at: usize| all.of("a", at).map(|it| it.address.clone());
        assert_eq!([0, 1, 2].map(|it| address(&all, it)), [None, Some("first".to_owned()), Some("first".to_owned())]);
        assert_eq!(address(&all, 3), Some("second".to_owned()));
        all.settle();
        assert_eq!((all.said.values().map(Vec::len).max(), address(&all, 4)), (Some(1), Some("second".to_owned())));
        // In the next block records are counted anew.
        assert_eq!(address(&all, 0), Some("second".to_owned()));
    }
}
