//! Small templates → the model.
