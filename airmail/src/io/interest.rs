//! What to wait for.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

/// What somebody wants to hear of: that there is something to read, room to write, or both.
///
/// A closed half counts as ready, since an operation on it does not wait.
///
/// ```
/// use airmail::io::Interest;
///
/// let both = Interest::READABLE | Interest::WRITABLE;
/// assert!(both.is_readable() && both.is_writable());
/// assert_eq!(both.remove(Interest::WRITABLE), Some(Interest::READABLE));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interest(u8);

impl Interest {
    /// In something to read, or the end of it.
    pub const READABLE: Interest = Interest(1);
    /// In room to write.
    pub const WRITABLE: Interest = Interest(2);
    /// In errors only. They are told with every other interest, too.
    pub const ERROR: Interest = Interest(16);
    /// In urgent data.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub const PRIORITY: Interest = Interest(32);

    const PRIORITY_BIT: u8 = 32;

    /// Includes what there is to read.
    pub const fn is_readable(self) -> bool {
        self.0 & Interest::READABLE.0 != 0
    }

    /// Includes room to write.
    pub const fn is_writable(self) -> bool {
        self.0 & Interest::WRITABLE.0 != 0
    }

    /// Includes errors by name.
    pub const fn is_error(self) -> bool {
        self.0 & Interest::ERROR.0 != 0
    }

    /// Includes urgent data.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub const fn is_priority(self) -> bool {
        self.0 & Interest::PRIORITY_BIT != 0
    }

    /// Both interests; the same as `|`.
    #[must_use]
    pub const fn add(self, other: Interest) -> Interest {
        Interest(self.0 | other.0)
    }

    /// What is left without `other`, if anything.
    ///
    /// ```
    /// use airmail::io::Interest;
    ///
    /// assert_eq!(Interest::READABLE.remove(Interest::READABLE), None);
    /// ```
    #[must_use = "an interest is a value: this gives the new one"]
    pub const fn remove(self, other: Interest) -> Option<Interest> {
        match self.0 & !other.0 {
            0 => None,
            rest => Some(Interest(rest)),
        }
    }

    /// The bits, which are those of [`Ready`](super::Ready) too.
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }
}

impl BitOr for Interest {
    type Output = Interest;

    fn bitor(self, other: Interest) -> Interest {
        self.add(other)
    }
}

impl BitOrAssign for Interest {
    fn bitor_assign(&mut self, other: Interest) {
        *self = self.add(other);
    }
}

impl fmt::Debug for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Interest::READABLE.0, "READABLE"),
            (Interest::WRITABLE.0, "WRITABLE"),
            (Interest::ERROR.0, "ERROR"),
            (Interest::PRIORITY_BIT, "PRIORITY"),
        ];
        super::ready::write_names(f, self.0, &names)
    }
}
