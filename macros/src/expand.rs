//! What the attribute becomes.
//!
//! The function stays as it was written, inside a function of the same name that calls it. So the compiler checks
//! its body as that of any `async fn`, and reports errors there. Names that are made up here have the macro's own
//! hygiene: no expression of the user's sees them.

use crate::function::Function;
use crate::options::{self, Mode, Options, Simulation};
use crate::problems::Problems;
use crate::values::{self, NO_SEEDS};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Path, ReturnType};

/// `#[airmail::test(options)] item`.
pub(crate) fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut problems = Problems::default();
    let options = options::parse(options, &mut problems);
    let mut function = match syn::parse2::<Function>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            problems.push(error);
            return problems.say().into_iter().chain([item]).collect();
        }
    };
    function.check(&mut problems);
    if let Some(errors) = problems.say() {
        // Nobody calls it now; that is not to be reported too.
        return quote! { #errors #[allow(dead_code)] #function };
    }
    let Options { airmail, mode } = options;
    match mode {
        Mode::Runtime { start_paused } => {
            let pause = start_paused.map(|on| quote! { .start_paused(#on) });
            plain(&function, &airmail, pause.as_ref())
        }
        Mode::Simulation(simulation) => explored(&function, &airmail, &simulation),
    }
}

/// One run, on a real runtime.
fn plain(function: &Function, airmail: &Path, settings: Option<&TokenStream>) -> TokenStream {
    let name = &function.sig.ident;
    let output = &function.sig.output;
    // The future is pinned and its type forgotten, so that `block_on` is compiled once, not for every test.
    let body = quote_spanned! {Span::mixed_site()=>
        let runtime = #airmail::runtime::Builder::new_current_thread()
            #settings
            .build_local(#airmail::runtime::LocalOptions::default())
            .expect("the runtime of a test is built");
        let body: ::core::pin::Pin<&mut dyn ::core::future::Future<Output = _>> = ::core::pin::pin!(#name());
        runtime.block_on(body)
    };
    around(function, output, &body)
}

/// One run for each seed, in simulated worlds.
fn explored(function: &Function, airmail: &Path, simulation: &Simulation) -> TokenStream {
    let name = &function.sig.ident;
    let sim = sim(name, airmail, simulation);
    // If a simulation cannot take what the function returns, the compiler says so where that is written.
    let place = match &function.sig.output {
        ReturnType::Type(_, output) => Span::mixed_site().located_at(output.span()),
        ReturnType::Default => Span::mixed_site(),
    };
    let run = quote_spanned! {place=> sim.explore(#name); };
    let body = quote_spanned! {Span::mixed_site()=>
        let sim = { #sim };
        #run
    };
    around(function, &ReturnType::Default, &body)
}

/// The `Sim`, with all that was chosen.
fn sim(name: &Ident, airmail: &Path, simulation: &Simulation) -> TokenStream {
    let text = name.unraw().to_string();
    let Simulation { seeds, faults, strategy, change } = simulation;
    let seeds = checked(seeds);
    let imports = (faults.is_some() || strategy.is_some() || change.is_some()).then(|| {
        quote! {
            #[allow(unused_imports, reason = "each test needs some of them")]
            use #airmail::sim::{Faults, Strategy};
        }
    });
    let faults = faults.as_ref().map(|value| quote! { .faults(#value) });
    let strategy = strategy.as_ref().map(|value| quote! { .strategy(#value) });
    let new = quote! {
        #airmail::sim::Sim::for_test(::core::module_path!(), #text, ::core::env!("CARGO_MANIFEST_DIR"))
            .seeds(#seeds) #faults #strategy
    };
    let Some(change) = change else { return quote! { #imports #new } };
    // A pointer to a function: a closure learns its argument's type from it.
    quote_spanned! {Span::mixed_site()=>
        #imports
        let change: fn(#airmail::sim::Sim) -> #airmail::sim::Sim = #change;
        change(#new)
    }
}

/// A literal was looked at; any other expression has to be constant, and is looked at by the compiler.
fn checked(seeds: &Expr) -> TokenStream {
    if values::is_number(seeds) {
        return seeds.to_token_stream();
    }
    quote_spanned! {Span::mixed_site().located_at(seeds.span())=>
        const { let seeds = #seeds; ::core::assert!(seeds != 0, #NO_SEEDS); seeds }
    }
}

/// The function inside its test. Attributes go to the test, and hold inside as well.
fn around(function: &Function, output: &ReturnType, body: &TokenStream) -> TokenStream {
    let Function { attrs, vis, sig, .. } = function;
    let (name, bare) = (&sig.ident, function.bare());
    quote! {
        #(#attrs)*
        #[::core::prelude::v1::test]
        #vis fn #name() #output {
            #[allow(clippy::unused_async, reason = "a test may have nothing to await")]
            #bare
            #body
        }
    }
}
