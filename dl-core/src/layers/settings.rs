//! Settings that layers have in common which make activation(x · kernel + bias) in their own way.

/// Writes the methods of a layer that keeps `activation`, `kernel`, `bias` and `penalty` in fields of these names.
macro_rules! kernel_settings {
    ($layer:ident) => {
        impl $layer {
            /// The function applied to the result.
            #[must_use]
            pub fn activation(mut self, function: ActivationFunction) -> $layer {
                self.activation = function;
                self
            }

            /// What the kernel starts from.
            #[must_use]
            pub fn kernel_initialiser(mut self, initialiser: Initialiser) -> $layer {
                self.kernel = initialiser;
                self
            }

            /// What the bias starts from.
            #[must_use]
            pub fn bias_initialiser(mut self, initialiser: Initialiser) -> $layer {
                self.bias = initialiser;
                self
            }

            /// What large numbers in the kernel add to the loss: `L2(1e-4)`.
            #[must_use]
            pub fn penalty(mut self, penalty: Penalty) -> $layer {
                self.penalty = Some(penalty);
                self
            }
        }
    };
}

pub(super) use kernel_settings;
