//! What is wrong with a use of the attribute: all of it, not only the first.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

/// The errors that were found so far.
#[derive(Default)]
pub(crate) struct Problems(Option<Error>);

impl Problems {
    /// One more, about these tokens.
    pub(crate) fn add(&mut self, about: impl ToTokens, message: impl AsRef<str>) {
        self.push(Error::new_spanned(about, message.as_ref()));
    }

    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    /// `compile_error!`s, if there is something to say.
    pub(crate) fn say(&self) -> Option<TokenStream> {
        self.0.as_ref().map(Error::to_compile_error)
    }
}
