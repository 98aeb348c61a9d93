//! The function below the attribute.

use crate::kind::Kind;
use crate::problems::Problems;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::ParseStream;
use syn::{Attribute, Error, FnArg, Signature, Visibility};

pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// Braces and all between them, unread: the compiler finds its errors where they were written.
    pub(crate) body: Group,
}

impl Function {
    pub(crate) fn parse(input: ParseStream<'_>, kind: Kind) -> syn::Result<Function> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let no_function = |error: Error| {
            Error::new(error.span(), format!("{error}; {} is an `async fn` with a body", kind.noun()))
        };
        let sig = input.parse().map_err(no_function)?;
        let body = braces(input).map_err(no_function)?;
        Ok(Function { attrs, vis, sig, body })
    }

    /// What no function with this attribute can be.
    pub(crate) fn check(&mut self, kind: Kind, problems: &mut Problems) {
        self.check_signature(kind, problems);
        let (name, attribute) = (kind.name(), kind.attribute());
        // They are taken away, or the compiler would complain of them too.
        for second in self.attrs.extract_if(.., |attr| is_called(attr, name)) {
            problems.add(
                second,
                format!("second {name} attribute: `{attribute}` makes it {}; remove this one", kind.noun()),
            );
        }
    }

    fn check_signature(&self, kind: Kind, problems: &mut Problems) {
        let sig = &self.sig;
        let (attribute, noun) = (kind.attribute(), kind.noun());
        if sig.asyncness.is_none() {
            let plain = match kind {
                Kind::Main => format!("remove `{attribute}` from a function"),
                Kind::Test => "`#[test]` for a function".to_owned(),
            };
            problems.add(
                sig.fn_token,
                format!(
                    "`async` is missing: `{attribute}` runs an `async fn`; write `async fn`, or {plain} that awaits \
                     nothing"
                ),
            );
        }
        if let Some(self_ @ FnArg::Receiver(_)) = sig.inputs.first() {
            problems.add(
                self_,
                format!(
                    "a method is not {noun}, as there is no `self` to call it with; move it out of the `impl`"
                ),
            );
        } else if !sig.inputs.is_empty() {
            let remedy = match kind {
                Kind::Main => "read `std::env::args()` inside, or call this function from another one",
                Kind::Test => "make them locals, or call this function from a test",
            };
            problems.add(
                &sig.inputs,
                format!("{noun} has no arguments, as there is nobody to pass them; {remedy}"),
            );
        }
        if !sig.generics.params.is_empty() {
            problems.add(
                &sig.generics,
                format!(
                    "{noun} has no generic parameters, as there is nobody to choose them; call this function from \
                     {noun} for each type"
                ),
            );
        }
        if let Some(unsafe_) = &sig.unsafety {
            problems.add(unsafe_, format!("{noun} is called by safe code; write the `unsafe` inside"));
        }
        if let Some(abi) = &sig.abi {
            problems.add(abi, format!("{noun} is called by Rust code; remove this"));
        }
    }

    /// The function itself, without `attrs`.
    pub(crate) fn bare(&self) -> TokenStream {
        let Function { sig, body, .. } = self;
        quote! { #sig #body }
    }
}

/// The braces as they are, with their places. A macro's `$body:block` comes in an invisible group.
fn braces(input: ParseStream<'_>) -> syn::Result<Group> {
    let mut token = input.parse()?;
    loop {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return Ok(group),
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                token = syn::parse2(group.stream())?;
            }
            other => return Err(Error::new(other.span(), "expected braces")),
        }
    }
}

/// What was written, for the tools that look at it although there is an error.
impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.attrs.iter().for_each(|attr| attr.to_tokens(tokens));
        self.vis.to_tokens(tokens);
        tokens.extend(self.bare());
    }
}

/// `#[test]` and every `#[some::test]`; so with `main`.
fn is_called(attr: &Attribute, name: &str) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == name)
}
