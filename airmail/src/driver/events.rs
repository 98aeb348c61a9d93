//! What the system says of sources, in the words of `airmail_core::ready`.

use airmail_core::ready::{ERROR, Key, PRIORITY, READ_CLOSED, READABLE, WRITABLE, WRITE_CLOSED};
use mio::Token;
use mio::event::Event;

/// Half of a token's bits.
const HALF: u32 = usize::BITS / 2;

/// No place has this number or a larger one.
const LAST: usize = (usize::MAX >> HALF) - 1;

/// The one who is woken is the poller.
pub(super) const CALL: Token = Token(usize::MAX);
/// A point in time has come.
pub(super) const ALARM: Token = Token(usize::MAX - 1);

/// What the events of a source carry. `None`: the number of its place is too large for one.
pub(super) fn token(key: Key) -> Option<Token> {
    let place = key.place as usize;
    // The last two places would have the tokens of the driver's own.
    let fits = place < LAST;
    fits.then_some(Token((key.generation as usize) << HALF | place))
}

/// Whose event it is.
pub(super) fn key(Token(token): Token) -> Key {
    Key { place: (token & (usize::MAX >> HALF)) as u32, generation: (token >> HALF) as u32 }
}

/// What happened.
pub(super) fn flags(event: &Event) -> u8 {
    let (error, read_closed) = (event.is_error(), event.is_read_closed());
    let each = [
        // Whoever tries again learns what the error is.
        (event.is_readable() || error, READABLE),
        (event.is_writable() || error, WRITABLE),
        (read_closed, READ_CLOSED),
        // An error alone closes nothing: a datagram could not be delivered.
        (event.is_write_closed() && (!error || read_closed), WRITE_CLOSED),
        (error, ERROR),
        (event.is_priority(), PRIORITY),
    ];
    each.into_iter().filter(|(is, _)| *is).fold(0, |flags, (_, flag)| flags | flag)
}

#[cfg(test)]
mod tests {
    use super::{ALARM, CALL, HALF, LAST, key, token};
    use airmail_core::ready::Key;

    #[test]
    fn tokens_name_keys() {
        let last = LAST as u32 - 1;
        for place in [0, 1, 1000, last] {
            for generation in [0, 1, (usize::MAX >> HALF) as u32] {
                let one = Key { place, generation };
                let token = token(one).expect("it fits");
                assert_eq!(key(token), one);
                assert!(token != CALL && token != ALARM);
            }
        }
        assert!(token(Key { place: u32::MAX, generation: 0 }).is_none());
    }
}
