//! Options of sockets, each a getter and a setter.

/// `doc; get, set: type = socket2's get, socket2's set;` for a type whose `options()` gives the `socket2` socket.
macro_rules! option_methods {
    ($($(#[$doc:meta])+ $get:ident, $set:ident: $value:ty = $theirs:ident, $set_theirs:ident;)+) => {$(
        $(#[$doc])+
        ///
        /// # Errors
        /// What the system says.
        pub fn $get(&self) -> std::io::Result<$value> {
            self.options().$theirs()
        }

        #[doc = concat!("Sets [`", stringify!($get), "`](Self::", stringify!($get), ").")]
        ///
        /// # Errors
        /// What the system says.
        pub fn $set(&self, value: $value) -> std::io::Result<()> {
            self.options().$set_theirs(value)
        }
    )+};
}

/// The network device that a socket keeps to, on Linux.
macro_rules! device_methods {
    () => {
        /// The network device that it keeps to, if it does (`SO_BINDTODEVICE`).
        ///
        /// # Errors
        /// What the system says.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        pub fn device(&self) -> std::io::Result<Option<Vec<u8>>> {
            self.options().device()
        }

        /// Makes it keep to one network device, by its name, or to none. May need a privilege.
        ///
        /// # Errors
        /// What the system says.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        pub fn bind_device(&self, interface: Option<&[u8]>) -> std::io::Result<()> {
            self.options().bind_device(interface)
        }
    };
}

pub(super) use {device_methods, option_methods};
