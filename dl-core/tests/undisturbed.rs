//! Looking at how a model learns does not change what it learns next. Alone in its process: tests beside it would draw from
//! the same generator.

use dl_core::prelude::*;

#[test]
fn looking_at_a_training_draws_no_random_numbers() {
    let learn = |look: bool| {
        seed(9);
        let data = xor(200, 0.2);
        let mut model = Sequential::new([2])
            .add(Dense::new(16).activation(ReLU))
            .add(Dropout::new(0.3))
            .add(BatchNorm::new())
            .add(Dense::new(1).activation(Sigmoid));
        model.compile(Adam::new(0.01), BinaryCrossentropy::new(), [Accuracy]);
        if look {
            gradient_sizes(&model, &data).expect("gradients");
            find_learning_rate(&model, &data).expect("rates");
        }
        let history = model.fit(&data, Fit::epochs(3).silent()).expect("learns");
        (history, model.weights())
    };
    assert_eq!(learn(true), learn(false));
}
