//! The operations on tensors: shapes are checked here, numbers computed in [`crate::backend`], derivatives stand in
//! [`crate::derivatives`] under the same name.

/// What made a tensor: parameters only; the inputs are in the node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Op {
    /// Nothing: given by the user.
    Leaf,
    /// A copy on another device.
    To,
}
