"""Study series: subscribing, the week's occurrence, and the broadcast that it makes. Imports core, runtime."""
