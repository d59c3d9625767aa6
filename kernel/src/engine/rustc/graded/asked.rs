//! Reads of an item what a test may rely on, as it can be written without knowing bodies or callers.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Fields, FnArg, GenericParam, Generics, ImplItem, Item, ItemEnum, ItemImpl, ItemStruct, ItemTrait, Pat,
    ReceiverKind, ReturnType, Safety, Signature, TraitItem, Type,
};

use super::super::items::token_words;
use super::agreement::{Agreement, WHOLE, parameter};

/// The types of what an item defines, and the first line of a type or a module.
pub fn agreements(item: &Item) -> Vec<Agreement> {
    match item {
        Item::Fn(item) => {
            let written = pointer(&item.sig, None).or_else(|| first_line(&item.sig, None));
            agreed(item.sig.ident.to_string(), written).collect()
        }
        Item::Const(item) if item.generics.params.is_empty() => {
            agreed(item.ident.to_string(), written(&item.ty)).collect()
        }
        Item::Static(item) => {
            let written = written(&item.ty).map(|written| format!("static {written}"));
            agreed(item.ident.to_string(), written).collect()
        }
        Item::Struct(item) => of_struct(item),
        Item::Enum(item) => of_enum(item),
        Item::Union(item) => vec![of_type(&item.ident.to_string(), &item.generics)],
        Item::Type(item) => vec![of_type(&item.ident.to_string(), &item.generics)],
        Item::Mod(item) => vec![(item.ident.to_string(), format!("mod {}", item.ident))],
        Item::Impl(item) if item.trait_.is_none() => of_methods(item),
        Item::Trait(item) => of_trait(item),
        _ => Vec::new(),
    }
}

fn agreed(name: String, written: Option<String>) -> impl Iterator<Item = Agreement> {
    written.into_iter().map(move |written| (name.clone(), written))
}

/// `type Pair<A, B>`: no bounds, since an alias has none.
fn of_type(name: &str, generics: &Generics) -> Agreement {
    let mut generics = generics.clone();
    for parameter in &mut generics.params {
        match parameter {
            GenericParam::Lifetime(lifetime) => lifetime.bounds.clear(),
            GenericParam::Type(parameter) => (parameter.bounds, parameter.default) = Default::default(),
            GenericParam::Const(parameter) => parameter.default = None,
        }
    }
    let parameters = spaced(generics.split_for_impl().0.to_token_stream());
    (name.to_owned(), format!("type {name}{parameters}"))
}

fn of_struct(item: &ItemStruct) -> Vec<Agreement> {
    let owner = Owner::of_type(&item.ident.to_string(), &item.generics);
    let fields = item.fields.iter().enumerate().filter_map(|(index, field)| {
        let written = written(&field.ty)?;
        let name = field
            .ident
            .as_ref()
            .map_or(index.to_string(), ToString::to_string);
        let written = match owner.parameters().strip_prefix('<') {
            None => written,
            Some(more) => {
                let (whole, clause) = (&owner.text, spaced(owner.generics.where_clause.to_token_stream()));
                format!("fn field<'hebb, {more}({WHOLE}: &'hebb {whole}) -> &'hebb ({written}) {clause}")
            }
        };
        Some((format!("{}.{name}", owner.name), written))
    });
    let fields: Vec<Agreement> = fields.collect();
    fields
        .into_iter()
        .chain([of_type(&owner.name, &item.generics)])
        .collect()
}

/// Variants as what makes them.
fn of_enum(item: &ItemEnum) -> Vec<Agreement> {
    let owner = Owner::of_type(&item.ident.to_string(), &item.generics);
    let parameters = owner.parameters();
    let variants = item.variants.iter().filter_map(|variant| {
        let types = variant.fields.iter().map(|field| written(&field.ty));
        let types = types.collect::<Option<Vec<String>>>()?;
        let (name, owner) = (&variant.ident, &owner.text);
        let made = match &variant.fields {
            Fields::Unnamed(_) if parameters.is_empty() => format!("fn({}) -> {owner}", types.join(", ")),
            Fields::Unnamed(_) => {
                let given = types
                    .iter()
                    .enumerate()
                    .map(|(index, written)| format!("field_{index}: {written}"));
                let given = given.collect::<Vec<_>>().join(", ");
                format!("fn {name}{parameters}({given}) -> {owner}")
            }
            Fields::Named(fields) if parameters.is_empty() => {
                format!("{name} {{ {} }}", spaced(fields.named.to_token_stream()))
            }
            _ => return None,
        };
        Some((format!("{}::{name}", item.ident), made))
    });
    let variants: Vec<Agreement> = variants.collect();
    let own = of_type(&owner.name, &item.generics);
    variants.into_iter().chain([own]).collect()
}

fn of_methods(item: &ItemImpl) -> Vec<Agreement> {
    let Some(owner) = Owner::of_methods(item) else {
        return Vec::new();
    };
    let members = item.items.iter().filter_map(|member| match member {
        ImplItem::Fn(member) => Some((&member.sig.ident, method(&member.sig, &owner)?)),
        ImplItem::Const(member) if owner.parameters().is_empty() => {
            Some((&member.ident, of_owner(&written(&member.ty)?, Some(&owner.text))))
        }
        _ => None,
    });
    let members = members.map(|(name, written)| (format!("{}::{name}", owner.name), written));
    members.collect()
}

/// Methods of whatever has the trait.
fn of_trait(item: &ItemTrait) -> Vec<Agreement> {
    let Some(owner) = Owner::of_trait(item) else {
        return Vec::new();
    };
    let methods = item.items.iter().filter_map(|member| match member {
        TraitItem::Fn(member) if member.sig.receiver().is_some() => Some((
            format!("{}::{}", item.ident, member.sig.ident),
            first_line(&member.sig, Some(&owner))?,
        )),
        _ => None,
    });
    methods.collect()
}

/// Whose methods and fields these are.
struct Owner {
    /// Where they are found: `Stack`.
    name: String,
    /// What has them: `Stack<T>`.
    text: String,
    generics: Generics,
}

impl Owner {
    fn of_type(name: &str, generics: &Generics) -> Owner {
        let mut generics = generics.clone();
        for parameter in generics.type_params_mut() {
            parameter.default = None;
        }
        let arguments = spaced(generics.split_for_impl().1.to_token_stream());
        Owner {
            name: name.to_owned(),
            text: format!("{name}{arguments}"),
            generics,
        }
    }

    fn of_methods(item: &ItemImpl) -> Option<Owner> {
        let text = written(&item.self_ty)?;
        let Type::Path(path) = &*item.self_ty else {
            return None;
        };
        let name = &path
            .path
            .segments
            .last()
            .filter(|_| path.path.segments.len() == 1)?
            .ident;
        Some(Owner {
            name: name.to_string(),
            text,
            generics: item.generics.clone(),
        })
    }

    fn of_trait(item: &ItemTrait) -> Option<Owner> {
        let mut owner = Owner::of_type(&item.ident.to_string(), &item.generics);
        let bound: GenericParam = syn::parse_str(&format!("{ANYONE}: {}", owner.text)).ok()?;
        owner.generics.params.push(bound);
        owner.text = ANYONE.to_owned();
        Some(owner)
    }

    /// `<T: Copy>`; nothing if there are none.
    fn parameters(&self) -> String {
        spaced(self.generics.split_for_impl().0.to_token_stream())
    }
}

/// Stands for what has a trait.
const ANYONE: &str = "Anyone";

fn method(signature: &Signature, owner: &Owner) -> Option<String> {
    let plain = owner
        .parameters()
        .is_empty()
        .then(|| pointer(signature, Some(&owner.text)));
    plain.flatten().or_else(|| first_line(signature, Some(owner)))
}

/// The type of a function as a pointer; `owner` is the type whose method it is.
fn pointer(signature: &Signature, owner: Option<&str>) -> Option<String> {
    if !is_plain(signature)
        || signature.generics.where_clause.is_some()
        || borrows_from_self(signature, owner)
    {
        return None;
    }
    let mut lifetimes = Vec::new();
    for parameter in &signature.generics.params {
        match parameter {
            GenericParam::Lifetime(lifetime) if lifetime.bounds.is_empty() => {
                lifetimes.push(lifetime.lifetime.to_string());
            }
            _ => return None,
        }
    }
    let parameters = signature.inputs.iter().map(|input| given(input, owner));
    let parameters = parameters.collect::<Option<Vec<String>>>()?;
    let output = match &signature.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, output) => format!(" -> {}", written(output)?),
    };
    let binder = match lifetimes.is_empty() {
        true => String::new(),
        false => format!("for<{}> ", lifetimes.join(", ")),
    };
    let pointer = format!("{binder}fn({}){output}", parameters.join(", "));
    Some(of_owner(&pointer, owner))
}

/// The first line of a function, with plain names for what it is given; of a method, as a function of its owner.
fn first_line(signature: &Signature, owner: Option<&Owner>) -> Option<String> {
    let whole = owner.map(|owner| owner.text.as_str());
    if !is_plain(signature) || borrows_from_self(signature, whole) {
        return None;
    }
    let mut line = signature.clone();
    for input in &mut line.inputs {
        match input {
            FnArg::Receiver(_) => {
                *input = syn::parse_str(&format!("{WHOLE}: {}", given(input, whole)?)).ok()?;
            }
            FnArg::Typed(typed) => {
                if let Pat::Ident(name) = &mut *typed.pat {
                    name.mutability = None;
                }
            }
        }
        parameter(input)?;
    }
    line.constness = None;
    if let Some(owner) = owner {
        let own = line.generics.params.into_iter();
        let all = owner.generics.params.iter().cloned().chain(own);
        // Lifetimes stand first.
        let (lifetimes, others): (Vec<_>, Vec<_>) =
            all.partition(|it| matches!(it, GenericParam::Lifetime(_)));
        line.generics.params = lifetimes.into_iter().chain(others).collect();
        line.generics.lt_token = Some(Default::default());
        line.generics.gt_token = Some(Default::default());
        if let Some(clause) = &owner.generics.where_clause {
            line.generics
                .make_where_clause()
                .predicates
                .extend(clause.predicates.iter().cloned());
        }
    }
    Some(of_owner(&spaced(line.to_token_stream()), whole))
}

/// The type of a parameter; of `self`, that of the owner.
fn given(input: &FnArg, owner: Option<&str>) -> Option<String> {
    match input {
        FnArg::Typed(typed) => written(&typed.ty),
        FnArg::Receiver(receiver) => match &receiver.kind {
            ReceiverKind::Value => Some(owner?.to_owned()),
            ReceiverKind::Reference(_, lifetime, mutability) => {
                let lifetime = lifetime.as_ref().map_or(String::new(), |name| format!("{name} "));
                let mutability = if mutability.is_some() { "mut " } else { "" };
                Some(format!("&{lifetime}{mutability}{}", owner?))
            }
            _ => None,
        },
    }
}

/// Whether what a method gives is borrowed from `self` because it does not say from what: outside of methods, nothing knows `self`.
fn borrows_from_self(signature: &Signature, owner: Option<&str>) -> bool {
    let borrowed = |text: &String| text.contains(['&', '\'', '<']);
    let inputs = signature.inputs.iter().filter_map(|input| given(input, owner));
    let output = match &signature.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, output) => output.to_token_stream().to_string(),
    };
    owner.is_some() && borrowed(&output) && inputs.filter(borrowed).count() > 1
}

fn is_plain(signature: &Signature) -> bool {
    let safe = !matches!(signature.safety, Safety::Unsafe(_));
    safe && signature.asyncness.is_none() && signature.variadic.is_none() && signature.abi.is_none()
}

/// None for a type that only the compiler knows.
fn written(written: &Type) -> Option<String> {
    let mut names = std::collections::HashSet::new();
    let tokens = written.to_token_stream();
    token_words(tokens.clone(), &mut names);
    let known = !["impl", "_"].iter().any(|word| names.contains(*word));
    known.then(|| spaced(tokens))
}

/// The text with the owner's name for `Self`.
fn of_owner(text: &str, owner: Option<&str>) -> String {
    let Some(owner) = owner else {
        return text.to_owned();
    };
    let mut written = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("Self") {
        let (before, after) = (&rest[..at], &rest[at + "Self".len()..]);
        let is_word = !before.ends_with(unicode_ident::is_xid_continue)
            && !after.starts_with(unicode_ident::is_xid_continue);
        written.push_str(before);
        written.push_str(if is_word { owner } else { "Self" });
        rest = after;
    }
    written + rest
}

/// Tokens as a person would space them, about: `&Tensor`, `Vec<f32>`.
pub(super) fn spaced(tokens: TokenStream) -> String {
    let mut text = String::new();
    let mut before_word = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let inner = spaced(group.stream());
                let (open, close) = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                text.push_str(&format!("{open}{inner}{close}"));
                before_word = false;
            }
            TokenTree::Punct(punct) => {
                text.push(punct.as_char());
                if matches!(punct.as_char(), ',' | ';') {
                    text.push(' ');
                }
                before_word = false;
            }
            word => {
                if before_word {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
                before_word = true;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests;
