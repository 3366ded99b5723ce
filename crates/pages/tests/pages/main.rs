//! What holds of every page, and what its forms send.

#[path = "../../examples/gallery/states.rs"]
#[allow(dead_code, reason = "the example's colour and image are not for tests")]
mod states;

mod escaping;
mod form_post;
mod html;
mod laws;
mod submit;

/// The gallery's page of that name.
fn page(name: &str) -> String {
    let found = states::all().into_iter().find(|(other, _)| *other == name);
    found.map_or_else(|| panic!("no page {name}"), |(_, html)| html)
}
