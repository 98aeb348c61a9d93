//! What an object is ready for.

use super::Interest;
use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};

/// What an object was ready for when somebody looked. It may be different by now.
///
/// ```
/// use airmail::io::{Interest, Ready};
///
/// let ready = Ready::READABLE | Ready::READ_CLOSED;
/// assert!(ready.is_readable() && ready.is_read_closed() && !ready.is_writable());
/// assert!(Ready::ALL.contains(ready));
/// assert_eq!(Ready::from_interest(Interest::WRITABLE), Ready::WRITABLE | Ready::WRITE_CLOSED);
/// # #[cfg(target_os = "linux")]
/// assert_eq!(Ready::from_interest(Interest::PRIORITY), Ready::PRIORITY | Ready::READ_CLOSED);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ready(u8);

impl Ready {
    /// For nothing.
    pub const EMPTY: Ready = Ready(0);
    /// There is something to read.
    pub const READABLE: Ready = Ready(1);
    /// There is room to write.
    pub const WRITABLE: Ready = Ready(2);
    /// Nothing more will come.
    pub const READ_CLOSED: Ready = Ready(4);
    /// Nothing more can be written.
    pub const WRITE_CLOSED: Ready = Ready(8);
    /// An error is to be fetched.
    pub const ERROR: Ready = Ready(16);
    /// There is urgent data.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub const PRIORITY: Ready = Ready(32);
    /// For everything.
    pub const ALL: Ready = Ready(63);

    const READS: u8 = 1 | 4;
    const WRITES: u8 = 2 | 8;
    const PRIORITY_BIT: u8 = 32;

    /// For nothing.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// A read does not wait: there is something, or the end.
    pub const fn is_readable(self) -> bool {
        self.0 & Ready::READS != 0
    }

    /// A write does not wait: there is room, or the other side reads no more.
    pub const fn is_writable(self) -> bool {
        self.0 & Ready::WRITES != 0
    }

    /// Nothing more will come.
    pub const fn is_read_closed(self) -> bool {
        self.0 & Ready::READ_CLOSED.0 != 0
    }

    /// Nothing more can be written.
    pub const fn is_write_closed(self) -> bool {
        self.0 & Ready::WRITE_CLOSED.0 != 0
    }

    /// An error is to be fetched.
    pub const fn is_error(self) -> bool {
        self.0 & Ready::ERROR.0 != 0
    }

    /// There is urgent data.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub const fn is_priority(self) -> bool {
        self.0 & Ready::PRIORITY_BIT != 0
    }

    /// All of `other` is in it.
    pub const fn contains(self, other: Ready) -> bool {
        self.0 & other.0 == other.0
    }

    /// All that answers an interest.
    pub const fn from_interest(interest: Interest) -> Ready {
        let mut bits = interest.bits();
        if interest.is_readable() {
            bits |= Ready::READS;
        }
        if interest.is_writable() {
            bits |= Ready::WRITES;
        }
        // Who waits for urgent data hears that none will come.
        if bits & Ready::PRIORITY_BIT != 0 {
            bits |= Ready::READ_CLOSED.0;
        }
        Ready(bits)
    }

    /// What of it answers an interest.
    #[must_use]
    pub const fn intersection(self, interest: Interest) -> Ready {
        Ready(self.0 & Ready::from_interest(interest).0)
    }

    /// Whether any of it answers an interest.
    pub const fn satisfies(self, interest: Interest) -> bool {
        !self.intersection(interest).is_empty()
    }

    /// The bits, which are those of [`Interest`] too.
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u8) -> Ready {
        Ready(bits & Ready::ALL.0)
    }
}

impl BitOr for Ready {
    type Output = Ready;

    fn bitor(self, other: Ready) -> Ready {
        Ready(self.0 | other.0)
    }
}

impl BitOrAssign for Ready {
    fn bitor_assign(&mut self, other: Ready) {
        self.0 |= other.0;
    }
}

impl BitAnd for Ready {
    type Output = Ready;

    fn bitand(self, other: Ready) -> Ready {
        Ready(self.0 & other.0)
    }
}

impl Sub for Ready {
    type Output = Ready;

    fn sub(self, other: Ready) -> Ready {
        Ready(self.0 & !other.0)
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Ready::READABLE.0, "READABLE"),
            (Ready::WRITABLE.0, "WRITABLE"),
            (Ready::READ_CLOSED.0, "READ_CLOSED"),
            (Ready::WRITE_CLOSED.0, "WRITE_CLOSED"),
            (Ready::ERROR.0, "ERROR"),
            (Ready::PRIORITY_BIT, "PRIORITY"),
        ];
        write_names(f, self.0, &names)
    }
}

/// The names of the bits that are set, or `EMPTY`.
pub(super) fn write_names(f: &mut fmt::Formatter<'_>, bits: u8, names: &[(u8, &str)]) -> fmt::Result {
    let mut some = false;
    for (_, name) in names.iter().filter(|(bit, _)| bits & bit != 0) {
        if std::mem::replace(&mut some, true) {
            f.write_str(" | ")?;
        }
        f.write_str(name)?;
    }
    if some { Ok(()) } else { f.write_str("EMPTY") }
}
