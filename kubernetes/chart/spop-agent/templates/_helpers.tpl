{{- define "spop.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "spop.metadata" -}}
name: {{ .Release.Name }}
labels:
  {{- include "spop.selector" . | nindent 2 }}
  app.kubernetes.io/managed-by: {{ .Release.Service }}
  helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- /* What config may change */}}
{{- define "spop.defaults" -}}
server:
  address: 0.0.0.0
  port: {{ .Values.managementPort }}
management:
  endpoint:
    health:
      group:
        liveness:
          include: livenessState, spop
        readiness:
          include: readinessState, spop
{{- end }}

{{- /* What has to fit to the manifests */}}
{{- define "spop.fixed" -}}
spop:
  listeners:
    {{ .Values.listener.name }}:
      address: 0.0.0.0
      port: {{ .Values.listener.port }}
      allow: {{ join ", " .Values.listener.allow }}
  connection:
    max-age: {{ .Values.maxAgeSeconds }}s
  shutdown:
    pre-drain-delay: {{ .Values.shutdown.preDrainDelaySeconds }}s
    grace-period: {{ .Values.shutdown.gracePeriodSeconds }}s
{{- end }}

{{- define "spop.config" -}}
{{- $defaults := include "spop.defaults" . | fromYaml }}
{{- $fixed := include "spop.fixed" . | fromYaml }}
{{- mergeOverwrite $defaults (deepCopy .Values.config) $fixed | toYaml }}
{{- end }}
