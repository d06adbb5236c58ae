package image

// TaskEnabled is the parser of a task's definition, for fuzzing.
var TaskEnabled = taskEnabled
