//! Names of tasks, kept once for the process.
//!
//! A header has room for sixteen bits of name, so names live in one table that only grows, up to
//! [`CAPACITY`]. Programs name kinds of tasks ("acceptor", "flush"), of which there are few; whoever names
//! each request differently fills the table, and later names become [`OVERFLOW`].

use crate::sync::process::{OnceLock, RwLock};
use std::collections::HashMap;
use std::sync::PoisonError;

/// How many different names the process can hold.
pub(crate) const CAPACITY: usize = 65_000;
/// What a task is called whose name did not fit.
pub(crate) const OVERFLOW: &str = "(too many names)";

/// A name in the table: 0 is "no name".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Name(u16);

#[derive(Default)]
struct Table {
    by_text: HashMap<&'static str, u16>,
    by_number: Vec<&'static str>,
}

fn table() -> &'static RwLock<Table> {
    static TABLE: OnceLock<RwLock<Table>> = OnceLock::new();
    TABLE.get_or_init(|| RwLock::new(Table { by_text: HashMap::new(), by_number: vec!["", OVERFLOW] }))
}

const OVERFLOW_NAME: Name = Name(1);

impl Name {
    pub(crate) const NONE: Name = Name(0);

    /// The number of `text`, which is copied once if the table does not hold it yet.
    pub(crate) fn intern(text: &str) -> Name {
        let table = table();
        // A poisoned table is still a good table: nothing here leaves it half changed.
        if let Some(&known) = table.read().unwrap_or_else(PoisonError::into_inner).by_text.get(text) {
            return Name(known);
        }
        let mut table = table.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(&known) = table.by_text.get(text) {
            return Name(known);
        }
        if table.by_number.len() >= CAPACITY {
            return OVERFLOW_NAME;
        }
        let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
        let number = table.by_number.len() as u16;
        table.by_number.push(text);
        table.by_text.insert(text, number);
        Name(number)
    }

    pub(crate) fn text(self) -> Option<&'static str> {
        if self == Name::NONE {
            return None;
        }
        table().read().unwrap_or_else(PoisonError::into_inner).by_number.get(usize::from(self.0)).copied()
    }

    pub(crate) fn number(self) -> u16 {
        self.0
    }

    pub(crate) fn from_number(number: u16) -> Name {
        Name(number)
    }
}
