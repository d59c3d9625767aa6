//! What tells the devices how an optimizer moves weights; the walks over the numbers are theirs.

/// How one step moves the weights w by the gradient g: everything but the numbers of g and of what is remembered, whose
/// buffers (of the weights' size) are named at each rule, in order. The formulas stand at the optimizers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StepRule {
    /// Remembers the velocity, or nothing without momentum.
    Sgd { momentum: f32, nesterov: bool },
    /// Remembers the means of g and of g². `rate` has both bias corrections in it.
    Adam { beta_1: f32, beta_2: f32, epsilon: f32 },
    /// Remembers the mean of g², then that of g if centered, then the velocity if there is momentum.
    RmsProp {
        rho: f32,
        momentum: f32,
        epsilon: f32,
        centered: bool,
    },
    /// Remembers the sum of g².
    Adagrad { epsilon: f32 },
    /// Remembers the means of g² and of the squared steps.
    Adadelta { rho: f32, epsilon: f32 },
}

/// What holds for one step under every rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepScale {
    pub(crate) rate: f32,
    /// The share of each weight that goes away by itself: rate times weight decay.
    pub(crate) decay: f32,
    /// The gradient is multiplied by this, then brought within `limit` of 0.
    pub(crate) gradient: f32,
    pub(crate) limit: f32,
}
